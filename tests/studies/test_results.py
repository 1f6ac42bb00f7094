from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.images import save_png
from cmc.core.origin import digest
from cmc.scores.score_file import read_scores, write_scores
from cmc.studies.measurements import measurements
from cmc.studies.setting import Setting
from tests.scored_studies import NAMES, Scored, decoded, flat, load, rate, strength, write_results


def _plain(source: Setting, mode: str, place: int) -> Scored:
    return {"fr": 2.0 + place, "nr": 3.0}, rate(0.002, 0.02)


def test_what_is_not_scored_is_named(tmp_path: Path) -> None:
    study = strength()
    write_results(tmp_path, study, _plain, but=("real+gpt4v-s0.2", "real+gpt4v-s0.3"))
    (tmp_path / "Result" / "real+gpt4v-s0.3").mkdir()
    results = load(tmp_path, study)
    assert results.missing == {"real+gpt4v-s0.2": "not there", "real+gpt4v-s0.3": "not scored"}
    assert results.remarks == [
        "2 of 14 results are left out: real+gpt4v-s0.2 (not there), real+gpt4v-s0.3 (not scored)"
    ]
    assert len(results.files) == 12


def test_scores_of_another_picture_are_refused_or_left_out_by_name(tmp_path: Path) -> None:
    study = replace(strength(), settings=(decoded("real+a", "a", strength=0.2), decoded("real+b", "b", strength=0.3)))
    write_results(tmp_path, study, _plain, sets={"fid": lambda source, mode: 12.0})
    folder = tmp_path / "Result" / "real+a"
    save_png(folder / "full" / NAMES[0], flat("red"))
    file = read_scores(folder / "scores.csv")
    first = replace(file.scores[0], picture_digest=digest((folder / "full" / NAMES[0]).read_bytes()))
    write_scores(folder / "scores.csv", [first, *file.scores[1:]], {"target": "real+a", **file.settings})
    assert load(tmp_path, study).remarks == []
    save_png(folder / "full" / NAMES[0], flat("blue"))
    with pytest.raises(CMCError, match=rf"1 picture\(s\) are stale.*real\+a/full/{NAMES[0]}"):
        load(tmp_path, study)
    results = load(tmp_path, study, partial=True)
    assert results.remarks == [f"1 picture(s) are stale and left out: real+a/full/{NAMES[0]}"]
    of_a, of_b = measurements(results)
    assert NAMES[0] not in of_a.scores
    # A distance over pictures of which one is stale is none.
    assert (of_a.sets, of_b.sets) == ({}, {"fid": 12.0})


def test_results_scored_in_different_ways_are_refused(tmp_path: Path) -> None:
    study = strength()
    write_results(tmp_path, study, _plain)
    path = tmp_path / "Result" / study.targets[3] / "scores.csv"
    file = read_scores(path)
    write_scores(path, file.scores, {"target": file.target, **file.settings, "metrics": "paper", "limit": "12"})
    assert len(load(tmp_path, study).files) == 14
    write_scores(path, file.scores, {"target": file.target, **file.settings, "fr_order": "standard"})
    with pytest.raises(CMCError, match=rf"{study.targets[3].replace('+', '.')} and .* were scored with other fr_order"):
        load(tmp_path, study)
