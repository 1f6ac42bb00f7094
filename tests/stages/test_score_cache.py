import math
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.stages.score_cache import ScoreCache, score_key

IDENTITY = {"metric": "m", "weights": "w", "fr_order": "published", "dtype": "fp32", "device": "cpu"}


def test_a_change_of_any_ingredient_is_another_key() -> None:
    keys = [score_key(IDENTITY, "picture", "gt")]
    keys += [score_key(IDENTITY | {name: "another"}, "picture", "gt") for name in IDENTITY]
    keys += [score_key(IDENTITY, "another", "gt"), score_key(IDENTITY, "picture", "another")]
    keys += [score_key(IDENTITY, "picture", None), score_key(IDENTITY, "gt", "picture")]
    keys += [score_key(IDENTITY, "picture", "gt", caption) for caption in ("", "a caption", "another")]
    assert len(set(keys)) == len(keys)
    assert score_key(dict(reversed(IDENTITY.items())), "picture", "gt") == keys[0]


def test_scores_come_back_exactly_and_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "made" / "scores.sqlite"
    with ScoreCache(path) as cache:
        assert cache.get("a") is None
        cache.put({"a": 0.1 + 0.2, "b": -1.5})
        cache.put({"b": 2.5, "left out": math.nan})
    with ScoreCache(path) as cache:
        assert (cache.get("a"), cache.get("b"), cache.get("c")) == (0.1 + 0.2, 2.5, None)
        # A picture that a metric leaves out is not looked at again.
        assert math.isnan(cache.get("left out") or 0)


def test_a_killed_writer_leaves_what_it_had_put(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from cmc.stages.score_cache import ScoreCache\n"
        "cache = ScoreCache(Path(sys.argv[1]))\n"
        "cache.put({'a': 1.0, 'b': 2.0})\n"
        "cache._connection.execute(\"INSERT INTO scores VALUES ('c', 3.0)\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "scores.sqlite"
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -9
    with ScoreCache(path) as cache:
        assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1.0, 2.0, None)


def test_threads_share_it(tmp_path: Path) -> None:
    with ScoreCache(tmp_path / "scores.sqlite") as cache:
        faults: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for step in range(20):
                    cache.put({f"{number}-{step}": float(step)})
                    assert cache.get(f"{number}-{step}") == step
            except BaseException as error:
                faults.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []


def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "scores.sqlite"
    path.write_bytes(b"no data base at all" * 100)
    with pytest.raises(CMCError, match="delete this file"):
        ScoreCache(path)


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with ScoreCache(tmp_path / "scores.sqlite") as cache:
        # SQLite's own limit of pages gives the very error of a full disk.
        cache._connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(CMCError, match="full"):
            cache.put({f"{number:064}": 1.0 for number in range(1000)})
        assert cache.get(f"{0:064}") is None
