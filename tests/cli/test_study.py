"""`cmc study` as a user types it: plans of tiny models on photographs."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.study import main as study
from cmc.cli.t2i import main as t2i
from tests.tables import read

FAILING = """
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Picture
from pathlib import Path
import numpy as np

class Grey(Decoder):
    def render(self, requests, sampling):
        return [Picture(np.full((*request.size[::-1], 3), 0.5)) for request in requests]

@T2I.register("flaky", modes={"text"})
def flaky(checkpoint, device, dtype):
    if not Path("%s").exists():
        raise RuntimeError("its weights are corrupt")
    return Grey()
"""


@pytest.fixture
def space(referenced: Path, tmp_path: Path) -> Path:
    """A root where the references of all plans but one are there."""
    return shutil.copytree(referenced, tmp_path / "space")


def plan(space: Path, sd: Path, *more: str) -> str:
    """A plan of the tiny Stable Diffusion and the reference, in full and text mode at two strengths."""
    path = space / "plan.toml"
    lines = [
        'encoders = { captions = "test" }',
        'modes = ["full", "text"]',
        "strength = [0.4, 0.8]",
        'metrics = ["ssim"]',
        "views = []",
        f'decoders = [{{ model_name = "sd", model_dir = "{sd}", max_side = 64, steps = 4 }}, "reference"]',
        *more,
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def pictures(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("Result/*/*/*.png"))}


def states(root: Path) -> dict[str, tuple[int, int]]:
    return {name: ((root / name).stat().st_mtime_ns, (root / name).stat().st_ino) for name in pictures(root)}


def test_a_study_makes_what_the_three_steps_make(
    space: Path, sd: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    by_hand = tmp_path_factory.mktemp("hand")
    root = ["--root", str(space)]
    assert study([plan(space, sd), *root]) == 0
    targets = ["reference", "sd+test-s0.4", "sd+test-s0.8"]
    assert sorted(path.name for path in (space / "Result").iterdir() if path.is_dir()) == targets
    for name in ("GT", "Text", "Ref"):
        shutil.copytree(space / name, by_hand / name)
    flags = ["--model_name", "sd", "--model_dir", str(sd), "--max_side", "64", "--steps", "4", "--input_path", "test"]
    for mode, strength in (("full", "0.4"), ("full", "0.8"), ("text", "1")):
        for name in ("0.4", "0.8") if mode == "text" else (strength,):
            result = ["--mode", mode, "--strength", strength, "--result_name", f"sd+test-s{name}"]
            assert t2i([*flags, *result, "--root", str(by_hand)]) == 0
    made = {name: content for name, content in pictures(space).items() if "/sd+" in name}
    assert made == pictures(by_hand)
    for target in targets:
        assert {row["status"] for row in read(space / "Result" / target / "scores.csv")} == {"ok"}


def test_what_is_there_is_left_and_what_is_stale_is_made_anew(space: Path, sd: Path) -> None:
    command = [plan(space, sd), "--root", str(space)]
    assert study(command) == 0
    before = states(space)
    assert study([plan(space, sd, "seed = [42, 1]"), "--root", str(space)]) == 0
    after = states(space)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[1] for name in after.keys() - before.keys()} == {"sd+test-s0.4-seed1", "sd+test-s0.8-seed1"}
    Image.open(space / "GT/other.png").rotate(180).save(space / "GT/other.png")
    assert study(command) == 0
    changed = {name.split("/")[-1] for name, state in states(space).items() if before.get(name, state) != state}
    assert changed == {"other.png"}


def test_a_model_that_fails_fails_its_own_branch(
    space: Path, sd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, plugin = tmp_path / "weights", tmp_path / "flaky.py"
    plugin.write_text(FAILING % weights, encoding="utf-8")
    text = Path(plan(space, sd, f'plugins = "{plugin}"')).read_text(encoding="utf-8")
    path = tmp_path / "flaky.toml"
    path.write_text(text.replace('"reference"]', '"reference", "flaky"]'), encoding="utf-8")
    assert study([str(path), "--root", str(space)]) == 1
    out = capsys.readouterr().out
    assert "1 failed: Result/flaky+test/text: building flaky failed" in out
    assert "its weights are corrupt" in out
    assert (space / "Result/reference/scores.csv").is_file()
    assert not (space / "Result/flaky+test/scores.csv").exists()
    weights.touch()
    before = states(space)
    assert study([str(path), "--root", str(space)]) == 0
    assert {name: states(space)[name] for name in before} == before
    assert (space / "Result/flaky+test/scores.csv").is_file()


def test_captions_that_are_missing_fail_what_reads_them(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (space / "Text/test.csv").unlink()
    assert study([plan(space, sd), "--root", str(space)]) == 1
    out = capsys.readouterr().out
    assert "no captions" in out
    assert (space / "Result/reference/scores.csv").is_file()


def test_a_dry_run_prints_commands_and_writes_nothing(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = plan(space, sd)
    before = sorted(space.rglob("*"))
    assert study([path, "--root", str(space), "--dry_run"]) == 0
    out = capsys.readouterr().out
    assert "20 pictures of 5 image(s), and 5 that are shared; 20 are missing. How long they and" in out
    assert f"cmc t2i --root {space} --mode full --model_name sd" in out
    assert "the same pictures as Result/sd+test-s0.4/text, not made twice" in out
    assert sorted(space.rglob("*")) == before
    assert study([path, "--root", str(space)]) == 0
    capsys.readouterr()
    assert study([path, "--root", str(space), "--dry_run"]) == 0
    assert "0 are missing" in capsys.readouterr().out


def test_a_flag_that_a_command_does_not_take_is_refused_before_any_work(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study([plan(space, sd, 'evaluate = { strenght = "1" }'), "--root", str(space)]) == 2
    assert "the plan asks cmc evaluate for what it does not take: unrecognized" in capsys.readouterr().err
    assert not (space / "Result").exists()


def test_a_list_of_images(space: Path, sd: Path) -> None:
    shutil.rmtree(space / "Ref")
    assert study([plan(space, sd, 'images = ["other.png", "NSI_pgc_000.png"]'), "--root", str(space)]) == 0
    assert {Path(name).stem for name in pictures(space)} == {"other", "NSI_pgc_000"}
    rows = read(space / "Result/reference/scores.csv")
    assert {row["images"] for row in rows} == {"Study/plan/images.txt"}


def test_presets_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert study([]) == 0
    assert "strength-pixel" in capsys.readouterr().out
    assert study(["qp", "--print"]) == 0
    assert "qp = [53, 51, 48, 45]" in capsys.readouterr().out


def test_released_references_are_used_as_they_are(space: Path, sd: Path) -> None:
    shutil.rmtree(space / "Ref")
    shutil.copytree(space / "GT", space / "Ref/image")
    before = {path.name: path.read_bytes() for path in (space / "Ref/image").iterdir()}
    assert study([plan(space, sd), "--root", str(space)]) == 0
    assert {path.name: path.read_bytes() for path in (space / "Ref/image").iterdir()} == before
    assert {row["status"] for row in read(space / "Result/reference/scores.csv")} == {"ok"}
