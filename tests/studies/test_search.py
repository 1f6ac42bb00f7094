"""Searches that end in score files: what they read of them, and what they say."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.core.tables import read_csv
from cmc.core.workspace import key_of
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import FR, NR, OVERALL, overall, summarise
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED
from cmc.studies.expand import Expanded, expand
from cmc.studies.objective import find_objective, measured
from cmc.studies.plan import Plan, parse_plan
from cmc.studies.search import SearchResult, made_by_setting, search
from cmc.studies.search_table import FATES, front_table, search_lines, write_rungs, write_search
from cmc.studies.setting import Setting, Study
from cmc.studies.stages import stages_of
from tests.scored import benchmark_names, save_scores

IMAGES = benchmark_names({"NSI": 6, "SCI": 5, "AIGI": 5})
KEYS = [key_of(name) for name in IMAGES]
MODES = ("full", "text")


def plan_of(names: Sequence[str]) -> tuple[Plan, Expanded]:
    """A plan of the settings of those names."""
    settings = tuple(
        Setting(
            name=name,
            encoder="gpt4v",
            words=None,
            captions="gpt4v",
            decoder=name,
            options={"model_name": "real"},
            modes=MODES,
        )
        for name in names
    )
    plan = Plan("some", (), (), metrics=("benchmark", "lpips"))
    return plan, Expanded(Study("some", settings, metrics=plan.metrics))


def scores_of(name: str, mean: float, bpp: float, images: Sequence[str] = IMAGES) -> list[Score]:
    """FR about `mean`, NR falling where FR rises, at one rate."""
    hard = dict(zip(IMAGES, np.random.default_rng(2).normal(0, 0.3, len(IMAGES)), strict=True))
    rate = Rate(0, 0, 1, bpp)
    return [
        Score(image, name, mode, {FR: mean + hard[image], NR: 4 - mean / 2, "lpips": 1 / mean}, rate=rate)
        for image in images
        for mode in MODES
    ]


class Stages:
    """Stands where the stages are: scores what it is asked for, as they would."""

    def __init__(self, root: Path, means: Mapping[str, tuple[float, float]]) -> None:
        self.root, self.means = root, means
        self.asked: list[tuple[list[str], int]] = []

    def __call__(self, settings: Sequence[Setting], images: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(([setting.name for setting in settings], len(images)))
        named = [f"{image}.png" for image in images]
        for each in settings:
            if each.name in self.means:
                scores = scores_of(each.name, *self.means[each.name], named)
                save_scores(self.root, scores, lower_is_better="lpips")
        return {each.name: "the model cannot be had" for each in settings if each.name not in self.means}


def run_search(root: Path, means: Mapping[str, tuple[float, float]], objective: str, **bounds: float) -> SearchResult:
    return search(*plan_of([*means, "broken"]), KEYS, Stages(root, means), root / "Result", objective, **bounds)


MEANS = {f"s{index}": (1 + index / 4, 0.01 + index / 1000) for index in range(9)}


def test_the_best_is_found_by_either_direction(tmp_path: Path) -> None:
    for objective in ("overall", "fr"):
        found = run_search(tmp_path, MEANS, objective)
        assert found.halving.winner == "s8"
    assert run_search(tmp_path, MEANS, "nr").halving.winner == "s0"
    assert run_search(tmp_path, MEANS, "lpips").halving.winner == "s8"


def test_overall_is_the_evaluator_s(tmp_path: Path) -> None:
    scores = scores_of("a", 2.0, 0.01)
    objective = find_objective("overall", ["benchmark"])
    found = objective.scores(measured(ScoreFile("a", scores, {}), MODES, KEYS)).mean()
    cell = next(cell for cell in summarise(scores) if cell.mode == OVERALL)
    assert found == pytest.approx(cell.overall)
    assert found == pytest.approx(overall(cell.means[FR], cell.means[NR]))


def test_what_is_over_the_rate_or_broken_is_named(tmp_path: Path) -> None:
    found = run_search(tmp_path, MEANS, "overall", max_bpp=0.0151)
    assert found.halving.winner == "s5"
    text = "\n".join(search_lines(found))
    assert "3 over 0.0151 bpp:" in text
    assert "s7: 0.01700 [0.01700, 0.01700]" in text
    assert "1 failed: broken: the model cannot be had" in text
    assert f"of the full matrix's {10 * 16 * 2:,}" in text


def test_lines_state_a_metric_in_its_own_sign(tmp_path: Path) -> None:
    found = run_search(tmp_path, MEANS, "lpips")
    assert "best: s8, lpips 0.3333 [0.3333, 0.3333], 0.01800 [0.01800, 0.01800] bpp, 16 images" in search_lines(found)


def test_pictures_that_lay_there_before_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "Result" / "s3" / "full"
    folder.mkdir(parents=True)
    for key in KEYS[:7]:
        (folder / f"{key}.png").touch()
    found = run_search(tmp_path, MEANS, "overall", budget=9.0)
    assert found.there == 7
    assert search_lines(found)[-1] == "  7 of them lay there before"


def test_what_settings_share_counts_once() -> None:
    """Strengths differ in full mode, not in text mode."""
    plan = parse_plan(
        """encoders = [{captions = "gpt4v"}]
        decoders = ["real"]
        codecs = {codec = "vvc", qp = 53}
        modes = ["full", "text"]
        strength = [0.2, 0.4]""",
        "plan",
        "some",
    )
    expanded = expand(plan)
    assert made_by_setting(expanded.study, stages_of(plan, expanded)) == {
        "real+gpt4v-s0.2": ["Result/real+gpt4v-s0.2/full", "Result/real+gpt4v-s0.2/text"],
        "real+gpt4v-s0.4": ["Result/real+gpt4v-s0.4/full", "Result/real+gpt4v-s0.2/text"],
    }


def test_the_front_holds_what_nothing_beats(tmp_path: Path) -> None:
    """Dearer settings are better in FR and worse in NR: all of them are on it."""
    found = run_search(tmp_path, MEANS, "overall", budget=9.0)
    assert [point.name for point in found.points] == list(MEANS)
    assert all(point.on_front and point.share == 1 for point in found.points)
    header, rows = front_table(found)
    assert [row[0] for row in rows] == list(MEANS)
    assert len(header) == len(rows[0])


def test_the_table_has_every_setting_with_its_fate(tmp_path: Path) -> None:
    found = run_search(tmp_path, MEANS, "overall", max_bpp=0.0151)
    write_search(tmp_path / "search.csv", found)
    rows = {row["setting"]: row for row in read_csv(tmp_path / "search.csv", ["setting", "fate", "images"])}
    assert rows.keys() == {*MEANS, "broken"}
    assert rows["s5"]["fate"] == "winner"
    assert (rows["s5"]["images"], rows["s5"]["on_front"]) == ("16", "True")
    assert (rows["s8"]["fate"], rows["s8"]["on_front"]) == ("over", "")
    assert float(rows["s5"]["search_overall"]) == pytest.approx(
        overall(float(rows["s5"]["fr"]), float(rows["s5"]["nr"]))
    )
    assert rows["broken"]["reason"] == "the model cannot be had"
    assert (rows["broken"]["fate"], rows["broken"]["bpp"]) == ("failed", "")


def test_the_table_of_rungs_adds_up(tmp_path: Path) -> None:
    found = run_search(tmp_path, MEANS, "overall")
    write_rungs(tmp_path / "rungs.csv", found)
    rows = read_csv(tmp_path / "rungs.csv", ["rung", "settings", "images", "pictures", "full_matrix"])
    assert [row["images"] for row in rows] == [str(rung.images) for rung in found.halving.rungs]
    for row in rows:
        assert int(row["settings"]) == sum(int(row[fate]) for fate in FATES)
    assert [rows[-1][column] for column in ("pictures", "full_matrix")] == [str(found.halving.pictures), "320"]


@pytest.mark.parametrize(
    ("name", "metrics", "fault"),
    [
        ("fid", ["paper"], "of whole folders"),
        ("lpips", ["benchmark"], "measure overall, fr, nr"),
        ("overall", ["lpips"], "measure lpips"),
        ("quality", ["benchmark"], "choose one"),
    ],
)
def test_what_cannot_be_searched_by_is_refused(name: str, metrics: list[str], fault: str) -> None:
    with pytest.raises(CMCError, match=fault):
        find_objective(name, metrics)


def test_pictures_without_a_score_are_named() -> None:
    scores = scores_of("a", 2.0, 0.01)
    scores[3] = Score(scores[3].name, "a", "text", {}, "failed: too dark")
    with pytest.raises(CMCError, match=r"1 of 32 pictures have no score: text/NSI_ugc_001 \(failed: too dark\)"):
        measured(ScoreFile("a", scores, {}), MODES, KEYS)
    with pytest.raises(CMCError, match=r"1 of 2 pictures have no score: full/NSI_new \(not scored\)"):
        measured(ScoreFile("a", scores_of("a", 2, 0.01), {}), ["full"], [KEYS[0], "NSI_new"])


def test_one_picture_without_a_rate_leaves_the_setting_without() -> None:
    scores = scores_of("a", 2.0, 0.01)
    scores[5] = Score(scores[5].name, "a", scores[5].mode, scores[5].values, SCORED)
    assert measured(ScoreFile("a", scores, {}), MODES, KEYS).bpp is None
