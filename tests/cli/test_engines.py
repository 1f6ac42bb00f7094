"""The three steps with workers: the same bytes as without, whoever is killed meanwhile; else failures by name."""

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cmc.cli import evaluate, i2t, t2i
from cmc.core.cost import Cost, read_cost
from cmc.core.failed_csv import read_failures
from cmc.core.run_file import read_run
from cmc.stages.engine.away import KILLED
from cmc.stages.engine.here import Here
from tests.conftest import photo

PLUGIN = str(Path(__file__).parents[1] / "worker_plugin.py")
# There, a picture.
CAPTION_SECONDS, DECODE_SECONDS, SCORE_SECONDS = 0.02, 0.1, 0.02
# Between two looks, which take processor time themselves.
POLL_SECONDS = 0.05
COUNT = 12
FATAL = "p05"
DECODING = ["--model_name", "noise", "--input_path", "lightness", "--batch_size", "1"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a dozen pictures of two sizes."""
    root = tmp_path_factory.mktemp("images")
    (root / "GT").mkdir()
    for number in range(COUNT):
        photo("coffee.png").rotate(20 * number).resize((24 + 8 * (number % 2), 24)).save(root / f"GT/p{number:02}.png")
    return root


@pytest.fixture
def root(images: Path, tmp_path: Path) -> Path:
    shutil.copytree(images / "GT", tmp_path / "GT")
    return tmp_path


@pytest.fixture
def on_ray(cluster: str) -> list[str]:
    """Flags that ask for the tests' cluster."""
    return ["--engine", "ray", "--ray_address", cluster]


@pytest.fixture(params=["local", "ray"])
def workers(request: pytest.FixtureRequest) -> list[str]:
    """Flags that ask for two workers."""
    return ["--workers", "2", *(request.getfixturevalue("on_ray") if request.param == "ray" else [])]


def _caption(root: Path, *flags: str) -> int:
    return i2t.main([*_base(root), "--model_name", "lightness", "--batch_size", "1", *flags])


def _decode(root: Path, *flags: str) -> int:
    return t2i.main([*_base(root), *DECODING, *flags])


def _score(root: Path, *flags: str) -> int:
    return evaluate.main([*_base(root), "--target", "noise", "--metrics", "distance", *flags])


def _base(root: Path) -> list[str]:
    return ["--root", str(root), "--plugin", PLUGIN]


def _steps(root: Path, *flags: str) -> None:
    """All three, each of which must leave nothing out."""
    assert _caption(root, *flags) == 0
    assert _decode(root, *flags) == 0
    assert _score(root, *flags) == 0


def _made(root: Path) -> dict[str, object]:
    """What stands in a root by path: bytes, and run files but for what may differ."""
    files: dict[str, object] = {}
    for path in sorted(path for folder in ("Text", "Result") for path in (root / folder).rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if path.name.endswith("run.json"):
            files[name] = {key: value for key, value in read_run(path).items() if key not in ("cost", "environment")}
        elif not path.name.startswith("."):
            files[name] = path.read_bytes()
    return files


@pytest.fixture(scope="module")
def plain(images: Path) -> dict[str, object]:
    """What all three steps make in one process."""
    _steps(images)
    return _made(images)


def _worker_processes(process: psutil.Process) -> list[psutil.Process]:
    """Of an engine in some process."""
    found = []
    for child in process.children(recursive=True):
        try:
            command = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if "multiprocessing.spawn import spawn_main" in command or command.startswith("ray::Host"):
            found.append(child)
    return found


def _until(holds: Callable[[], object]) -> None:
    """Wait for something that is about to happen."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(POLL_SECONDS)


@contextmanager
def _killing(folder: Path, wanted: int) -> Iterator[list[int]]:
    """Meanwhile, a random worker dies whenever a few more files lie in a folder; yields whom that hit."""
    ended, killed = threading.Event(), list[int]()

    def kill() -> None:
        dice = random.Random(0)
        while len(killed) < wanted and not ended.wait(POLL_SECONDS):
            if len(list(folder.rglob("*.png"))) <= 3 * len(killed):
                continue  # to list processes takes far longer than to list files
            alive = [process for process in _worker_processes(psutil.Process()) if process.pid not in killed]
            if alive:
                victim = dice.choice(alive)
                killed.append(victim.pid)
                victim.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_killed_workers_cost_no_byte(root: Path, plain: dict[str, object]) -> None:
    with _killing(root / "Result", wanted=2) as killed:
        _steps(root, "--workers", "2")
    assert len(killed) == 2
    assert _made(root) == plain


def test_killed_actors_cost_no_byte(root: Path, plain: dict[str, object], on_ray: list[str]) -> None:
    assert _caption(root) == 0
    with _killing(root / "Result", wanted=2) as killed:
        assert _decode(root, *on_ray) == 0
    assert len(killed) == 2
    assert _score(root, *on_ray, "--workers", "1") == 0
    assert _made(root) == plain


def test_a_killed_driver_takes_its_workers_along_and_the_same_command_goes_on(
    root: Path, plain: dict[str, object], workers: list[str]
) -> None:
    assert _caption(root) == 0
    command = [sys.executable, "-m", "cmc", "t2i", *_base(root), *DECODING, *workers]
    others = {process.pid for process in _worker_processes(psutil.Process())}
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL) as driver:
        _until(lambda: list((root / "Result").rglob("*.png")))
        theirs = [process for process in _worker_processes(psutil.Process()) if process.pid not in others]
        assert theirs
        driver.kill()
    _until(lambda: not any(process.is_running() and process.status() != "zombie" for process in theirs))
    assert len(list((root / "Result").rglob("*.png"))) < COUNT
    assert _decode(root, *workers) == 0
    assert _score(root) == 0
    assert _made(root) == plain


def test_an_image_that_kills_its_workers_fails_by_name(
    root: Path, on_ray: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _caption(root) == 0
    assert _decode(root, *on_ray, "--workers", "1", "--fatal", FATAL) == 1
    folder = root / "Result/noise/text"
    assert read_failures(folder / "failed.csv") == {FATAL: KILLED}
    assert sorted([*(path.stem for path in folder.glob("*.png")), FATAL]) == [f"p{n:02}" for n in range(COUNT)]
    assert f"1 failed (failed.csv says why): {FATAL}: killed its worker three times" in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs root to mount a small disk")
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(
    root: Path, plain: dict[str, object], on_ray: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    disk = root / "Result"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "none", str(disk)], check=False).returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        assert _caption(root) == 0
        assert _decode(root, *on_ray, "--workers", "1") == 2
        error = capsys.readouterr().err
        assert f"error: {disk}/noise/text/p" in error
        assert "No space left on device" in error
        assert "Traceback" not in error
        subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
        assert _decode(root) == 0
        assert _score(root) == 0
        assert _made(root) == plain
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_real_decoder_makes_the_same_pictures_in_workers(root: Path, sd: Path) -> None:
    (root / "Text").mkdir()
    rows = "".join(f"p{number:02}.png,picture {number}\n" for number in range(4))
    (root / "Text/own.csv").write_text(f"name,text\n{rows}")
    flags = ["--root", str(root), "--model_name", "tiny", "--model_dir", str(sd), "--input_path", "own"]
    flags += ["--mode", "text", "--limit", "4", "--max_side", "32", "--steps", "2", "--batch_size", "2"]
    for name, more in (("plain", []), ("away", ["--workers", "1"])):
        assert t2i.main([*flags, "--result_name", name, *more]) == 0
    pictures = {name: (root / "Result" / name / "text").glob("*.png") for name in ("plain", "away")}
    plain, away = ({path.name: path.read_bytes() for path in paths} for paths in pictures.values())
    assert len(plain) == 4
    assert away == plain


def _cost(path: Path) -> Cost:
    cost = read_cost(read_run(path))
    assert cost is not None
    return cost


def test_what_runs_cost_adds_up_in_their_run_files(root: Path) -> None:
    _steps(root, "--dollars_per_hour", "36")
    folder = root / "Result/noise"
    files = [root / "Text/lightness.run.json", folder / "text/run.json", folder / "scores.run.json"]
    costs = [_cost(path) for path in files]
    for cost, seconds in zip(costs, (CAPTION_SECONDS, DECODE_SECONDS, SCORE_SECONDS)):
        assert (cost.pictures, cost.workers, cost.device, cost.memory_of) == (COUNT, 1, "cpu", "process")
        # Each picture keeps the processor busy.
        assert cost.compute_s >= COUNT * seconds - 0.001  # seconds are kept to a thousandth
        assert cost.wall_s >= cost.compute_s
        assert cost.dollars == pytest.approx(cost.worker_s / 100, abs=1e-4)
        assert cost.peak_memory_mb > 50
    assert [cost.tokens for cost in costs] == [7 * COUNT, None, None]
    before = [path.read_bytes() for path in files]
    _steps(root)
    assert [path.read_bytes() for path in files[2:]] == before[2:]
    assert [_cost(path) for path in files] == costs
    (folder / "text/p03.png").unlink()
    assert _decode(root) == 0
    assert _cost(files[1]).pictures == COUNT + 1
    assert _cost(files[1]).dollars is None
    assert _decode(root, "--overwrite") == 0
    assert _cost(files[1]).pictures == COUNT


def test_a_running_engine_is_used_and_stays_open(root: Path, plain: dict[str, object]) -> None:
    engine = Here()
    for step, flags in (
        (i2t, ["--model_name", "lightness", "--batch_size", "1"]),
        (t2i, DECODING),
        (t2i, [*DECODING, "--result_name", "again"]),
        (evaluate, ["--target", "noise", "--metrics", "distance"]),
    ):
        args = step.build_parser().parse_args(["--root", str(root), "--plugin", PLUGIN, *flags])
        args.running_engine = engine
        assert step.run(args) == 0
    made = {name: content for name, content in _made(root).items() if "again" not in name}
    assert made == plain
    # The second run found the decoder loaded.
    assert _cost(root / "Result/again/text/run.json").load_s < _cost(root / "Result/noise/text/run.json").load_s + 1


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--ray_address", "auto"], "--ray_address is of --engine ray"),
        (["--engine", "ray", "--ray_address", "CLUSTER", "--device", "cuda:1"], "Ray shares out the GPUs"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str, cluster: str
) -> None:
    flags = [cluster if flag == "CLUSTER" else flag for flag in flags]
    assert i2t.main(["--root", str(root), "--plugin", PLUGIN, "--model_name", "lightness", *flags]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--workers", "0"], "expected a whole number from 1"),
        (["--dollars_per_hour", "-1"], "expected dollars from 0, found '-1'"),
        (["--dollars_per_hour", "nan"], "expected dollars from 0, found 'nan'"),
    ],
)
def test_values_that_mean_nothing_are_refused(capsys: pytest.CaptureFixture[str], flags: list[str], told: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        i2t.main(flags)
    assert told in capsys.readouterr().err


def test_what_answers_from_a_server_takes_no_workers(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert i2t.main(["--root", str(root), "--model_name", "gpt-4o", "--workers", "2"]) == 2
    assert "not for gpt-4o, which answers from a server; see --in_flight" in capsys.readouterr().err


def test_without_ray_the_command_that_installs_it_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert i2t.main(["--root", str(root), "--plugin", PLUGIN, "--model_name", "lightness", "--engine", "ray"]) == 2
    assert 'error: --engine ray needs ray: pip install "cmc[cluster]"\n' in capsys.readouterr().err
