import json
from pathlib import Path

import pytest

from cmc.core.cost import Cost
from cmc.core.workspace import Workspace
from cmc.scores.costs import CodingSeconds, TargetCosts, merged_costs, picture_cost, priced, read_costs
from cmc.scores.provenance import read_runs
from tests.scored import add_costs, cost, save_codec, save_seeds

NAMES = ("a.png", "b.png")


def _cost(pictures: int, compute_s: float, **known: object) -> Cost:
    return Cost(**cost(pictures, compute_s, **known))  # type: ignore[arg-type]


def _read(root: Path, target: str, price: float | None = None) -> TargetCosts:
    folder = root / "Result" / target
    return read_costs(folder, read_runs(folder), Workspace(root), price)


def test_costs_are_those_of_captions_modes_and_scores(tmp_path: Path) -> None:
    save_seeds(tmp_path, "x", (42,), NAMES, 0.0, 0.1)
    assert _read(tmp_path, "x") == TargetCosts()
    add_costs(tmp_path / "Result" / "x", 0.5)
    (tmp_path / "Result" / "x" / "scores.run.json").write_text(json.dumps({"cost": cost(40, 8.0)}))
    (tmp_path / "Text").mkdir()
    (tmp_path / "Text" / "gpt4v.run.json").write_text(json.dumps({"cost": cost(10, 2.0, tokens=140)}))
    found = _read(tmp_path, "x")
    assert found.captioning == {"gpt4v": _cost(10, 2.0, tokens=140)}
    assert found.decoding == dict.fromkeys(("full", "image", "pixel", "text"), _cost(10, 5.0))
    assert found.scoring == _cost(40, 8.0)
    assert found.coding is None


def test_a_codecs_seconds_are_its_tables(tmp_path: Path) -> None:
    save_codec(tmp_path, "vvc-qp53", NAMES, 2.0, (2.5, 0.04))
    found = _read(tmp_path, "vvc-qp53", price=3.0)
    assert found == TargetCosts(coding=CodingSeconds(2, pytest.approx(2.5), pytest.approx(0.04)))
    (tmp_path / "Result" / "vvc-qp53" / "image" / "streams" / "streams.csv").unlink()
    assert _read(tmp_path, "vvc-qp53") == TargetCosts()


def test_a_price_is_for_what_states_none() -> None:
    """30 + 86 + 2 seconds at 3 dollars an hour."""
    found = priced(_cost(10, 86.0), 3.0)
    assert (found.dollars_per_hour, found.dollars) == (3.0, pytest.approx(118 * 3 / 3600))
    stated = _cost(10, 86.0, dollars_per_hour=1.0, dollars=0.5)
    assert priced(stated, 3.0) == stated
    assert priced(_cost(10, 86.0), None).dollars is None


def test_a_pictures_cost_is_the_mean_over_modes() -> None:
    """0.5 and 1.5 seconds; 2 dollars for 10 and 4 for 20 pictures; energy of one mode alone is not known of both."""
    modes = [_cost(10, 5.0, dollars=2.0, energy_j=600.0), _cost(20, 30.0, dollars=4.0)]
    found = picture_cost(modes)
    assert found
    assert (found.seconds, found.dollars, found.joules) == (pytest.approx(1.0), pytest.approx(0.2), None)
    assert picture_cost([*modes, None]) is None
    assert picture_cost([_cost(0, 0.0)]) is None
    assert picture_cost([]) is None


def test_what_one_seed_does_not_say_all_do_not() -> None:
    full, other = _cost(10, 5.0), _cost(10, 7.0)
    first = TargetCosts(decoding={"full": full, "text": full}, scoring=full)
    second = TargetCosts(decoding={"full": other})
    merged = merged_costs([first, second])
    assert merged.decoding == {"full": full.plus(other)}
    assert merged.scoring is None
    assert merged_costs([first]) == first
