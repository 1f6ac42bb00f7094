import os
import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest

from cmc.core.errors import CMCError, ImageError
from cmc.stages.engine.away import KILLED
from cmc.stages.engine.base import Engine, Failure
from cmc.stages.engine.here import Here
from cmc.stages.engine.local import Local
from tests.stages.engine.toys import SelfishLoader, Task, loader


def _outputs(folder: Path) -> Counter[str]:
    return Counter(path.stem for path in folder.iterdir())


def _check_every_item_comes_back_once(engine: Engine, folder: Path) -> None:
    crew = engine.crew(loader())
    results = list(crew.map(Task(number, folder) for number in range(20)))
    assert sorted(results) == [(number, number**2) for number in range(20)]
    assert _outputs(folder) == Counter(map(str, range(20)))
    assert [crew.ask(number) for number in (2, 3)] == [True, False]
    cost = crew.ledger.settle(20, None)
    assert (cost.pictures, cost.workers) == (20, crew.ledger.workers)
    assert cost.load_s > 0
    assert cost.wall_s > 0
    assert crew.ledger.settle(0, None).worker_s == 0
    assert engine.crew(loader()) is crew


def test_every_item_comes_back_once_and_the_outputs_are_there(away: Engine, tmp_path: Path) -> None:
    _check_every_item_comes_back_once(away, tmp_path)


def test_in_this_process_they_come_in_order(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    _check_every_item_comes_back_once(Here(), outputs)
    crew = Here().crew(loader())
    assert crew.about == os.getpid()
    assert list(crew.map(Task(number, tmp_path) for number in range(9))) == [(n, n**2) for n in range(9)]


def test_a_model_makes_room_before_the_next_one_loads() -> None:
    engine = Here()
    for name in ("first", "second"):
        engine.crew(SelfishLoader(plugins=(), device=None, name=name))
    assert SelfishLoader.alive_at_load == [0, 0]
    engine.close()


def test_no_item_is_lost_or_doubled_while_workers_are_killed(away: Engine, tmp_path: Path) -> None:
    crew = away.crew(loader())
    places, killed = Counter[int](), set[int]()
    for place, result in crew.map(Task(number, tmp_path) for number in range(40)):
        places[place] += 1
        assert result == place**2
        if place % 20 == 10:  # whoever made the newest output dies, at its next item or before
            newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            killed.add(int(newest.suffix[1:]))
            os.kill(int(newest.suffix[1:]), signal.SIGKILL)
    assert places == Counter(range(40))
    assert len(killed) == 2
    assert set(_outputs(tmp_path)) == set(map(str, range(40)))


def test_an_item_that_kills_three_workers_fails_and_the_others_do_not(away: Engine, tmp_path: Path) -> None:
    tasks = [Task(number, tmp_path, "die" if number == 3 else "") for number in range(8)]
    results = dict(away.crew(loader()).map(tasks))
    assert results == {number: Failure(KILLED) if number == 3 else number**2 for number in range(8)}


def test_what_a_worker_raises_reaches_the_driver_and_the_engine_goes_on(away: Engine, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left on device") as full:
        list(away.crew(loader()).map([Task(1, tmp_path, "full disk")]))
    assert (full.value.errno, full.value.filename) == (28, "Result/a.png")
    assert list(away.crew(loader()).map([Task(4, tmp_path)])) == [(0, 16)]


@pytest.mark.parametrize(
    ("wish", "kind", "told"),
    [
        ("error", CMCError, "the key is wrong"),
        ("bad image", ImageError, "a.png is damaged"),
        ("fault", ZeroDivisionError, "of nobody's making"),
    ],
)
def test_errors_keep_their_kind(tmp_path: Path, wish: str, kind: type[Exception], told: str) -> None:
    with Local(1) as engine:
        with pytest.raises(kind, match=told) as caught:
            list(engine.crew(loader()).map([Task(1, tmp_path), Task(2, tmp_path, wish)]))
        assert type(caught.value) is kind


def test_a_crew_is_kept_for_the_same_model_alone() -> None:
    with Local(1) as engine:
        first = engine.crew(loader())
        assert engine.crew(loader()) is first
        with pytest.raises(CMCError, match="the key is wrong"):
            engine.crew(loader("error"))
        assert first.closed
        assert engine.crew(loader()) is not first


def test_a_reader_that_stops_early_leaves_no_worker_at_work(tmp_path: Path) -> None:
    with Local(2) as engine:
        crew = engine.crew(loader())
        running = crew.map(Task(number, tmp_path) for number in range(100))
        next(running)
        running.close()
        assert crew.closed
        assert not [process for process in psutil.Process().children() if "spawn_main" in " ".join(process.cmdline())]
        assert list(engine.crew(loader()).map([Task(4, tmp_path)])) == [(0, 16)]


def test_a_model_that_kills_every_worker_is_given_up() -> None:
    with Local(2) as engine, pytest.raises(CMCError, match="workers died one after the other while they loaded"):
        engine.crew(loader("die"))
