from collections.abc import Mapping

import numpy as np
import pytest

from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.scores.score_file import ScoreFile
from cmc.scores.seed_groups import SeedGroup, group_by_seed
from cmc.stages.evaluate import Score
from tests.scored import SETTINGS, run

NAMES = ("NSI_pgc_000.png", "SCI_game_001.png")


def _file(target: str, settings: Mapping[str, str] = SETTINGS, names: tuple[str, ...] = NAMES) -> ScoreFile:
    return ScoreFile(target, [Score(name, target, mode, {"fr": 1.0}) for name in names for mode in MODES], settings)


def _runs(seed: int, captions: str = "Text/a.csv", model: str = "sdxl") -> dict[str, Document]:
    runs = {mode: run(mode, captions, model) for mode in MODES}
    return {mode: document | {"settings": document["settings"] | {"seed": seed}} for mode, document in runs.items()}


def _grouped(runs: dict[str, dict[str, Document]], **files: ScoreFile) -> list[tuple[str, tuple[int, ...]]]:
    found, _ = group_by_seed({name: files.get(name, _file(name)) for name in runs}, runs)
    return [(group.name, group.seeds) for group in found]


def test_run_files_make_a_group_and_names_do_not() -> None:
    runs = {"one": _runs(42), "b-seed7": _runs(7), "one-seed3": _runs(3), "other-seed3": _runs(3, model="real")}
    assert _grouped(runs) == [("one, b (3 seeds)", (3, 7, 42)), ("other-seed3", ())]
    assert _grouped({"x-seed11": _runs(11), "x-seed1": _runs(1)}) == [("x (2 seeds)", (1, 11))]


def test_what_differs_otherwise_stands_apart() -> None:
    for other in (_runs(1, captions="Text/b.csv"), _runs(1, model="real")):
        assert _grouped({"x": _runs(42), "x-seed1": other}) == [("x", ()), ("x-seed1", ())]
    loaded = {mode: document | {"loaded": {"unet": "another"}} for mode, document in _runs(1).items()}
    assert _grouped({"x": _runs(42), "x-seed1": loaded}) == [("x", ()), ("x-seed1", ())]
    scored_otherwise = _file("x-seed1", SETTINGS | {"dtype": "torch.bfloat16"})
    assert len(_grouped({"x": _runs(42), "x-seed1": _runs(1)}, **{"x-seed1": scored_otherwise})) == 2
    fewer = _file("x-seed1", names=NAMES[:1])
    assert len(_grouped({"x": _runs(42), "x-seed1": _runs(1)}, **{"x-seed1": fewer})) == 2


def test_results_that_do_not_say_their_seed_stand_apart() -> None:
    no_text = {mode: document for mode, document in _runs(1).items() if mode != "text"}
    mixed = _runs(1) | {"text": _runs(2)["text"]}
    for runs in ({}, no_text, mixed):
        assert _grouped({"x": _runs(42), "x-seed1": runs}) == [("x", ()), ("x-seed1", ())]


def test_a_seed_twice_makes_no_mean_and_is_said() -> None:
    runs = {"x": _runs(42), "copy": _runs(42), "x-seed1": _runs(1)}
    found, remarks = group_by_seed({name: _file(name) for name in runs}, runs)
    assert [group.targets for group in found] == [("x",), ("copy",), ("x-seed1",)]
    (remark,) = remarks
    assert remark.startswith("x, copy, x-seed1 are of one setting, and some of them of one seed")


def test_an_image_that_one_seed_lacks_has_no_score_with_any() -> None:
    first = [Score(name, "x", "text", {"fr": value}) for name, value in zip(NAMES, (1.0, 2.0))]
    second = [Score(NAMES[0], "y", "text", {}, "failed: no memory"), Score(NAMES[1], "y", "text", {"fr": 4.0})]
    group = SeedGroup((ScoreFile("x", first, {}), ScoreFile("y", second, {})), (1, 2))
    tables = group.tables(NAMES)
    assert tables["all", "text", "fr"] == pytest.approx(np.array([[np.nan, np.nan], [2.0, 4.0]]), nan_ok=True)
    # Of natural images none is left.
    assert ("NSI", "text", "fr") not in tables
    assert tables["SCI", "text", "fr"][1].tolist() == [2.0, 4.0]
