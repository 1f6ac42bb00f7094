from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cmc.core.bootstrap import draw_counts, draw_seed_counts, interval
from cmc.core.errors import CMCError
from cmc.studies.measurements import measurements, without_scores
from cmc.studies.points import points_over_common
from cmc.studies.points_table import points_table
from cmc.studies.setting import Setting, Study
from tests.scored_studies import NAMES, Scored, codecs, decoded, load, rate, write_results

SEEDS = (1, 2, 3)
STUDY = Study(
    "seeds",
    tuple(
        decoded(f"real+{encoder}-seed{seed}", encoder, seed=seed, options={"steps": "8"})
        for encoder in ("a", "b")
        for seed in SEEDS
    ),
)


def _by_seed(source: Setting, mode: str, place: int) -> Scored:
    """The images 0, 1, 2, … plus ten times the seed; b has no score of the last image."""
    lost = source.encoder == "b" and place == len(NAMES) - 1
    return {} if lost else {"fr": place + 10.0 * source.seed, "nr": 1.0}, rate(0.001 * source.seed, 0.02)


def test_seeds_are_averaged_image_by_image(tmp_path: Path) -> None:
    write_results(tmp_path, STUDY, _by_seed, sets={"fid": lambda source, mode: 100.0 * source.seed})
    of_a, of_b = measurements(load(tmp_path, STUDY))
    assert (of_a.setting.name, of_a.seeds) == ("real+a-seed1", SEEDS)
    assert [of_a.scores[name].values["fr"] for name in NAMES] == [place + 20.0 for place in range(len(NAMES))]
    assert of_a.sets == {"fid": 200.0}
    assert len(of_b.scores) == len(NAMES) - 1
    assert len(measurements(load(tmp_path, STUDY), average=False)) == 6


def test_means_are_over_the_images_that_all_have_and_say_so(tmp_path: Path) -> None:
    write_results(tmp_path, STUDY, _by_seed, sets={"fid": lambda source, mode: 100.0 * source.seed})
    points = points_over_common(measurements(load(tmp_path, STUDY)))
    assert points.images == len(NAMES) - 1
    assert points.remarks == [
        "over the 11 of 12 images that all have; real+b-seed1 full lacks 1",
        "fid of real+a-seed1 full left out: over 12 images",
    ]
    column = np.array([NAMES.index(name) + 20.0 for name in sorted(NAMES[:-1])])
    estimate = points.points[0].estimates["fr"]
    assert estimate.mean == column.mean()
    # Seeds 1, 2, 3 lie 10 apart and nothing else does: 4.303 is Student's t of 2 degrees of freedom.
    seeds = np.sqrt(3 / 2) * 4.302653 / 1.959964 * (draw_seed_counts([1, 2, 3]) @ [10, 20, 30] / 3 - 20)
    assert estimate.bounds == pytest.approx(interval(draw_counts(11) @ column / 11 + seeds), abs=1e-4)
    assert "fid" not in points.points[0].estimates
    # It is over just these images.
    assert points.points[1].estimates["fid"].mean == 200.0
    assert points.points[0].bpp == pytest.approx(0.021)
    assert points.points[0].text_bpp == pytest.approx(0.001)


def test_seeds_that_are_not_there_and_modes_without_scores_are_named(tmp_path: Path) -> None:
    study = replace(STUDY, settings=(*STUDY.settings, decoded("real+c", "c", modes=("full", "text"))))
    empty = lambda source, mode, place: ({}, None) if mode == "text" else _by_seed(source, mode, place)  # noqa: E731
    write_results(tmp_path, study, empty, but=("real+a-seed2",))
    results = load(tmp_path, study)
    assert without_scores(results) == [
        "without any score: real+c text",
        "real+a-seed1 is a mean over seeds 1, 3 of 1, 2, 3",
    ]
    assert [one.place for one in measurements(results)] == ["real+a-seed1 full", "real+b-seed1 full", "real+c full"]


def test_no_common_image_is_an_error(tmp_path: Path) -> None:
    half = lambda source, mode, place: ({"fr": 1.0} if place % 2 == (source.encoder == "a") else {}, None)  # noqa: E731
    write_results(tmp_path, STUDY, half)
    with pytest.raises(CMCError, match="no image is scored in all of real"):
        points_over_common(measurements(load(tmp_path, STUDY)))
    with pytest.raises(CMCError, match="nothing of it is scored"):
        points_over_common([])


def test_points_csv_has_a_row_a_setting_and_mode(tmp_path: Path) -> None:
    study = codecs()
    scored = lambda source, mode, place: ({"fr": 2.0 + place, "nr": 1.0}, rate(0.002, 0.02))  # noqa: E731
    write_results(tmp_path, study, scored, sets={"fid": lambda source, mode: 31.0})
    table, _ = points_table(load(tmp_path, study))
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    assert [(row["result"], row["mode"]) for row in rows[:4]] == [
        ("real+gpt4v", mode) for mode in ("full", "image", "pixel", "text")
    ]
    assert len(rows) == 2 * 4 + 8
    first, last = rows[0], rows[-1]
    assert (first["encoder"], first["decoder"], first["qp"], first["strength"]) == ("gpt4v", "real", "53", "")
    assert (last["decoder"], last["codec"], last["qp"], last["encoder"]) == ("vvc", "vvc", "45", "")
    assert (first["images"], first["bpp"], first["text_bpp"]) == ("12", "0.022", "0.002")
    assert (first["fr"], first["fid"], first["fid_low"]) == ("7.500000", "31.000000", "")
    assert float(first["fr_low"]) < 7.5 < float(first["fr_high"])


def test_options_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    write_results(tmp_path, STUDY, _by_seed)
    table, points = points_table(load(tmp_path, STUDY))
    assert [row[table.header.index("steps")] for row in table.rows] == ["8"] * 6
    assert [row[table.header.index("seed")] for row in table.rows] == ["1", "2", "3"] * 2
    assert points.remarks[0].startswith("over the 11 of 12 images that all have; real+b-seed1 full lacks 1, ")


def test_settings_are_one_only_when_the_seed_alone_differs(tmp_path: Path) -> None:
    other: Setting = replace(STUDY.settings[1], options={"steps": "9"})
    study = replace(STUDY, settings=(STUDY.settings[0], other))
    write_results(tmp_path, study, _by_seed)
    assert [one.seeds for one in measurements(load(tmp_path, study))] == [(1,), (2,)]
