"""No vote is lost, none is there twice, whatever is killed in between."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.raters.stored_votes import read_ballots, read_scores
from cmc.raters.vote_store import OrderError, VoteStore
from tests.raters.small_study import ballot

# Casts one ballot after the other, saying each that is acknowledged; then leaves one half written.
CHILD = """
import sys
from pathlib import Path
from cmc.raters.vote_store import VoteStore, _SHOWING
from tests.raters.small_study import ballot
store = VoteStore(Path(sys.argv[1]), "plan")
for place in range(5):
    store.cast("v01", f"p{place}", ballot(place, place + 1))
    print(place, flush=True)
with store._transaction() as connection:
    connection.execute(_SHOWING, ("v01", 5, "p5", "f" * 32, 0, "", *[0] * 7))
    print("half", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "votes.sqlite"


def test_twice_is_once(path: Path) -> None:
    store = VoteStore(path, "plan")
    assert [store.cast("v01", "a", ballot(0, 1)) for _ in range(3)] == [1, 1, 1]
    assert store.cast("v02", "a", ballot(0, 2, 1.0)) == 1
    store.close()
    assert read_scores(path) == {
        ("v01", "a", "consistency"): 3.7,
        ("v01", "a", "perception"): 2.0,
        ("v02", "a", "consistency"): 1.0,
        ("v02", "a", "perception"): 2.0,
    }


def test_a_correction_takes_the_place_of_the_vote_that_it_names_alone(path: Path) -> None:
    store = VoteStore(path, "plan")
    store.cast("v01", "a", ballot(0, 1))
    assert store.cast("v01", "a", ballot(0, 2, 4.4, replaces=1)) == 1
    assert store.cast("v01", "a", ballot(0, 2, 4.4, replaces=1)) == 1
    # The first, sent again by a machine that never heard of its arrival, and another machine's.
    for late in (ballot(0, 1), ballot(0, 3, 0.5), ballot(0, 4, 0.5, replaces=1)):
        with pytest.raises(OrderError, match="another vote stands here"):
            store.cast("v01", "a", late)
    assert [(one.ballot, one.place) for one in read_ballots(path)] == [(f"{2:032x}", 0)]
    assert read_scores(path) == {("v01", "a", "consistency"): 4.4, ("v01", "a", "perception"): 2.0}
    last = store.last("v01")
    assert last is not None
    assert last[1] == {"consistency": 4.4, "perception": 2.0}
    store.close()


def test_a_picture_at_two_places_is_refused_and_takes_no_vote_away(path: Path) -> None:
    store = VoteStore(path, "plan")
    store.cast("v01", "a", ballot(0, 1))
    with pytest.raises(sqlite3.IntegrityError):
        store.cast("v01", "a", ballot(1, 2, 0.3))
    assert store.done("v01") == 1
    store.close()
    assert read_scores(path)["v01", "a", "consistency"] == 3.7


def test_votes_come_in_order(path: Path) -> None:
    store = VoteStore(path, "plan")
    with pytest.raises(OrderError, match="in their order"):
        store.cast("v01", "b", ballot(1, 1))
    with pytest.raises(OrderError, match="does not say"):
        store.cast("v01", "a", ballot(0, 1, replaces=9))
    assert store.done("v01") == 0
    store.close()
    assert read_ballots(path) == []


def test_what_was_acknowledged_outlives_kill_9_and_what_was_half_written_is_not_there(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout
    assert [child.stdout.readline().strip() for _ in range(6)] == ["0", "1", "2", "3", "4", "half"]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    store = VoteStore(path, "plan")
    assert store.done("v01") == 5
    assert len(read_scores(path)) == 10
    assert store.cast("v01", "p5", ballot(5, 6)) == 6
    store.close()


def test_it_is_a_write_ahead_log_synced_at_every_vote(path: Path) -> None:
    store = VoteStore(path, "plan")
    pragma = {name: store._all(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")}
    assert pragma == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL
    same = [("v01", "a", "perception", score) for score in (1, 2)]
    with pytest.raises(sqlite3.IntegrityError), store._transaction() as connection:
        connection.executemany("INSERT INTO votes VALUES (?, ?, ?, ?)", same)
    assert store._all("SELECT * FROM votes") == []
    store.close()


def test_votes_of_another_plan_are_refused(path: Path) -> None:
    VoteStore(path, "plan").close()
    with pytest.raises(CMCError, match="holds votes of another plan"):
        VoteStore(path, "another")
