"""What is loaded when it is first needed, reached from eight threads at once in processes that have loaded nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cmc.core.captions import read_captions
from tests.chat_server import ChatServer
from tests.conftest import PHOTOS, blur_all, photo

# Threads change places as often as Python lets them.
COMMAND = "import sys; sys.setswitchinterval(1e-6); from cmc.__main__ import main; sys.exit(main(sys.argv[1:]))"
# `task` is run in every thread when all are there; its answers must be equal.
THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)
gate, answers, errors = threading.Barrier(8), [], []
def run():
    gate.wait()
    try:
        answers.append(task())
    except Exception as error:
        errors.append(repr(error))
threads = [threading.Thread(target=run) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not errors, errors[:2]
assert all(answer == answers[0] for answer in answers), "threads disagree"
"""


def _python(code: str, *arguments: object) -> str:
    """The output of a new process. Fails where it does, with its last words."""
    environment = {**os.environ, "OPENAI_API_KEY": "none"}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, check=False, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-600:]
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for suffix in ("webp", "tiff", "bmp", "jpg", "png"):
        photo("coffee.png").resize((96, 64)).save(tmp_path / f"cup.{suffix}")
    return tmp_path


TASKS = {
    "pictures of every format": """
from pathlib import Path
from cmc.core.images import load_rgb, probe
paths = sorted(Path(sys.argv[1]).iterdir())
def task():
    return [(load_rgb(path, path.read_bytes()).tobytes(), probe(path)) for path in paths]
""",
    "word table": """
from cmc.stream import word_model
def task():
    return word_model.decode(word_model.encode("A cup of coffee on a wooden table."), 100)
""",
    "parameter sets": """
from cmc.codecs import parameter_sets
def task():
    return [parameter_sets.restore(name, parameter_sets.shorten(name, bytes(90))) for name in parameter_sets.BODIES]
""",
    "ffmpeg": """
from PIL import Image
from cmc.registry import CODECS
def task():
    return CODECS.get("av1").create(qp=60).code(Image.new("RGB", (32, 24), (9, 99, 9))).stream
""",
    "Pillow's codecs": """
from PIL import Image
from cmc.registry import CODECS
image = Image.new("RGB", (32, 24), (9, 99, 9))
def task():
    return [CODECS.get(name).create(qp=50).code(image).stream for name in ("webp", "avif", "jpeg")]
""",
    "the decoder without a model": """
from cmc.registry import T2I
def task():
    return T2I.get("reference").create("", None, None).describe()
""",
    "weights read strictly": """
from cmc.registry import METRICS
def task():
    from pathlib import Path
    import numpy as np, torch
    metric = METRICS.get("psnr").create(Path(), torch.device("cpu"), torch.float32)
    return metric.score([np.zeros((8, 8, 3), np.uint8)], np.full((8, 8, 3), 9, np.uint8))
""",
}


@pytest.mark.parametrize("what", TASKS)
def test_eight_threads_that_come_at_once_agree(what: str, pictures: Path) -> None:
    prologue, epilogue = THREADS.split("threads = ", 1)
    _python(f"{prologue}\n{TASKS[what]}\nthreads = {epilogue}", pictures)


def test_pillow_knows_all_formats_before_a_picture_is_opened(pictures: Path) -> None:
    """A thread whose picture is looked at while another loads a format would miss that one."""
    _python(
        """
import sys
from pathlib import Path
from PIL import Image
from cmc.core.images import load_rgb
opened = Image.open
def open_after_all(*arguments, **options):
    assert {"WEBP", "TIFF", "AVIF"} <= set(Image.OPEN)
    return opened(*arguments, **options)
Image.open = open_after_all
load_rgb(Path(sys.argv[1]) / "cup.png")
""",
        pictures,
    )


def test_a_value_is_computed_once_while_the_others_wait() -> None:
    prologue, epilogue = THREADS.split("threads = ", 1)
    once = """
import time
from cmc.core.once import once
computed = []
@once
def load(name):
    computed.append(name)
    time.sleep(0.05)
    return object()
def task():
    return load("a"), load("b")
"""
    _python(f"{prologue}\n{once}\nthreads = {epilogue}\nassert sorted(computed) == ['a', 'b'], computed")


def test_cold_commands_on_eight_workers(space: Path) -> None:
    for index in range(8):
        photo("chelsea.png").resize((40 + index, 32)).save(space / "GT" / f"more{index}.webp")
    keys = sorted([*PHOTOS, *(f"more{index}" for index in range(8))])
    captions = [f"{path.name},A cat called {path.stem}" for path in sorted((space / "GT").iterdir())]
    (space / "Text" / "test.csv").write_text("\n".join(["name,text", *captions]) + "\n", encoding="utf-8")
    root = ("--root", space)
    _python(COMMAND, "reference", *root, "--workers", 8, "--codec", "avif", "--qp", 10)
    _python(COMMAND, "codec", *root, "--workers", 8, "--codec", "webp", "--qp", 10)
    _python(COMMAND, "pack", *root, "--workers", 8, "--codec", "avif", "--input_path", "test", "--mode", "all")
    (space / "sent").mkdir()
    _python(COMMAND, "unpack", space / "Stream", "--root", space / "sent", "--workers", 8)
    for folder in ("Ref/image", "Ref/pixel", "Result/webp-qp10/image", "sent/Ref/image", "sent/Ref/pixel"):
        assert sorted(path.stem for path in (space / folder).glob("*.png")) == keys
    for key in keys:
        made, sent = (Image.open(path / "Ref" / "image" / f"{key}.png") for path in (space, space / "sent"))
        assert made.tobytes() == sent.tobytes()


def test_cold_evaluation_of_several_results(space: Path) -> None:
    blur_all(space, "soft", {"full": 3, "text": 9})
    out = _python(COMMAND, "evaluate", "--root", space, "--target", "soft", "--metrics", "psnr", "ssim")
    assert "psnr" in out


def test_a_cold_client_asks_eight_at_once(space: Path) -> None:
    for index in range(12):
        photo("coffee.png").resize((20 + index, 16)).save(space / "GT" / f"cup{index}.png")
    with ChatServer(lambda picture, _: (200, f"A picture {picture.width} wide.", {}), delay=0.05) as server:
        flags = ("--model_name", "api", "--model_dir", "m", "--base_url", server.url, "--in_flight", 8)
        _python(COMMAND, "i2t", "--root", space, *flags)
    captions = read_captions(space / "Text" / "api.csv", by_name=True)
    assert len(captions) == 12 + len(PHOTOS)
    assert captions["cup7.png"] == "A picture 27 wide."
