from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.studies.contact_sheets import FLAGGED, NO_PICTURE, contact_sheets
from cmc.studies.setting import Study
from tests.flagged import save_verdicts
from tests.scored_studies import Scored, decoded, load, write_pictures, write_results

STUDY = Study(
    "pictures",
    (
        decoded("real+a", "a", modes=("full", "text")),
        decoded("real+b", "b", modes=("full", "text")),
        decoded("pasd+a", "a", decoder="pasd"),
    ),
)


def _scored(*of: object) -> Scored:
    return {"fr": 1.0}, None


def test_one_image_of_each_content_type_with_every_setting(tmp_path: Path) -> None:
    names = write_pictures(tmp_path, STUDY, 8)
    write_results(tmp_path, STUDY, _scored, names)
    sheets = contact_sheets(load(tmp_path, STUDY))
    assert [sheet.name.partition("_")[0] for sheet in sheets] == ["AIGI", "NSI", "SCI"]
    assert all(sheet.name == min(name for name in names if name[:3] == sheet.name[:3]) for sheet in sheets)
    first = sheets[0]
    assert (first.modes, first.columns) == (["full", "text"], ["real, a", "real, b", "pasd, a"])
    assert first.gt == tmp_path / "GT" / first.name
    assert first.pictures["text", "real, b"] == tmp_path / "Result" / "real+b" / "text" / first.name
    assert ("text", "pasd, a") not in first.pictures
    assert first.captions.keys() == set(first.columns)


def test_a_lost_picture_is_said_and_chosen_images_are_shown(tmp_path: Path) -> None:
    names = write_pictures(tmp_path, STUDY, 8)
    lost = lambda setting, mode, place: ({} if (setting.encoder, place) == ("b", 3) else {"fr": 1.0}, None)  # noqa: E731
    write_results(tmp_path, STUDY, lost, names)
    (sheet,) = contact_sheets(load(tmp_path, STUDY), [names[3]])
    assert sheet.pictures["full", "real, b"] == NO_PICTURE
    assert sheet.pictures["full", "real, a"] == tmp_path / "Result" / "real+a" / "full" / names[3]


def test_what_the_safety_checker_flags_is_not_shown(tmp_path: Path) -> None:
    names = write_pictures(tmp_path, STUDY, 8)
    write_results(tmp_path, STUDY, _scored, names)
    save_verdicts(tmp_path / "Result/real+b/full", names, {names[3]})
    save_verdicts(tmp_path / "GT", names, {names[2]})
    flagged_gt, flagged = contact_sheets(load(tmp_path, STUDY), names[2:4])
    assert flagged.pictures["full", "real, b"] == FLAGGED
    assert flagged.pictures["text", "real, b"] == tmp_path / "Result/real+b/text" / names[3]
    assert flagged.gt == tmp_path / "GT" / names[3]
    assert flagged_gt.gt is None


def test_settings_that_differ_in_nothing_shown_are_told_apart_by_name(tmp_path: Path) -> None:
    twin = replace(STUDY.settings[0], name="real+a-again", captions="other")
    study = replace(STUDY, settings=(STUDY.settings[0], twin))
    write_results(tmp_path, study, _scored, write_pictures(tmp_path, study, 2))
    assert contact_sheets(load(tmp_path, study))[0].columns == ["real (real+a)", "real (real+a-again)"]


def test_results_without_pictures_have_no_sheet(tmp_path: Path) -> None:
    write_results(tmp_path, STUDY, _scored)
    with pytest.raises(CMCError, match="it needs pictures that lie where they were scored"):
        contact_sheets(load(tmp_path, STUDY))
