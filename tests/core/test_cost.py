import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cmc.core.cost import Cost, add_cost, read_cost
from cmc.core.origin import settings_digest
from cmc.core.run_file import read_run

RUN = Cost(
    device="cpu",
    workers=2,
    pictures=10,
    load_s=4.0,
    compute_s=30.0,
    write_s=2.0,
    wall_s=20.0,
    peak_memory_mb=800.5,
    memory_of="process",
    tokens=120,
    energy_j=500.0,
    energy_from="rapl",
    dollars_per_hour=100.0,
    dollars=1.0,
)


def test_a_second_run_is_added_to_the_first_and_nothing_else_in_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"settings": {"seed": 42}, "loaded": {"revision": "a"}, "outcome": {"images": 20}}))
    before = settings_digest(read_run(path))
    add_cost(path, RUN)
    add_cost(path, replace(RUN, workers=1, peak_memory_mb=900.0, memory_of="device", device="H200"))
    run = read_run(path)
    assert read_cost(run) == replace(
        RUN,
        device="cpu + H200",
        pictures=20,
        load_s=8.0,
        compute_s=60.0,
        write_s=4.0,
        wall_s=40.0,
        peak_memory_mb=900.0,
        memory_of="device",
        tokens=240,
        energy_j=1000.0,
        dollars=2.0,
    )
    assert (run["settings"], run["outcome"], settings_digest(run)) == ({"seed": 42}, {"images": 20}, before)
    add_cost(path, RUN, anew=True)
    assert read_cost(read_run(path)) == RUN


@pytest.mark.parametrize("name", ["tokens", "energy_j", "dollars"])
def test_what_one_run_does_not_tell_both_together_do_not(name: str) -> None:
    assert getattr(RUN.plus(replace(RUN, **{name: None})), name) is None
    assert getattr(replace(RUN, **{name: None}).plus(RUN), name) is None


def test_energy_of_two_sources_is_none() -> None:
    both = RUN.plus(replace(RUN, energy_from="nvml"))
    assert (both.energy_j, both.energy_from) == (None, None)


def test_a_share_is_of_all_that_was_spent_and_not_of_the_peak() -> None:
    part = RUN.share(4)
    assert (part.pictures, part.tokens, part.peak_memory_mb, part.workers) == (4, 48, 800.5, 2)
    assert part.worker_s == pytest.approx(0.4 * RUN.worker_s)
    assert (part.dollars, part.energy_j) == (pytest.approx(0.4), pytest.approx(200.0))


@pytest.mark.parametrize(
    "section",
    [
        None,
        {},
        {"device": "cpu"},
        asdict(RUN) | {"watts": 3},
        asdict(RUN) | {"pictures": "10"},
        asdict(RUN) | {"dollars": True},
    ],
)
def test_what_is_no_cost_is_none(section: object) -> None:
    assert read_cost({"cost": section}) is None
    assert read_cost({}) is None
