import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from cmc.cli.t2i import main
from cmc.registry import T2I
from tests.conftest import PHOTOS, photo

ROOT = Path(__file__).parents[2]


def _arguments(space: Path, sd: Path, *more: str) -> list[str]:
    model = ["--model_name", "tiny", "--model_dir", str(sd), "--input_path", "test"]
    return ["--root", str(space), *model, "--max_side", "64", "--steps", "4", *more]


def _pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}


def test_all_modes_fill_the_result_folder_at_the_size_of_gt(
    coded: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(coded, sd)) == 0
    for mode in ("full", "image", "pixel", "text"):
        folder = coded / "Result" / "tiny" / mode
        assert sorted(path.stem for path in folder.glob("*.png")) == sorted(PHOTOS)
        for name, (_, size) in PHOTOS.items():
            assert Image.open(folder / f"{name}.png").size == size
    run = json.loads((coded / "Result/tiny/image/run.json").read_text())
    assert run["settings"]["prompt"] == "High quality, masterpiece, clean, high-resolution, 8k"
    assert run["settings"]["strength"] == 0.5
    assert run["loaded"]["pipeline"] == "StableDiffusionPipeline"
    assert run["outcome"]["failed"] == 0
    assert "5 of 5 pictures" in capsys.readouterr().out


def test_text_mode_needs_no_references(space: Path, sd: Path) -> None:
    assert main(_arguments(space, sd, "--mode", "text", "--limit", "2")) == 0
    assert len(_pictures(space / "Result/tiny/text")) == 2


def test_killed_half_way_and_started_again_gives_the_bytes_of_an_uninterrupted_run(space: Path, sd: Path) -> None:
    for index in range(8):
        photo("coffee.png").resize((96, 64)).rotate(index).save(space / "GT" / f"NSI_x_{index:03d}.png")
    names = sorted(path.name for path in (space / "GT").iterdir())
    (space / "Text/test.csv").write_text("name,text\n" + "".join(f"{name},picture {name}\n" for name in names))
    arguments = _arguments(space, sd, "--mode", "text", "--batch_size", "4", "--steps", "8")
    command = [sys.executable, "script-t2i.py", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = space / "Result/tiny/text"
    deadline = time.monotonic() + 120
    while len([*folder.glob("*.png")]) < 5 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    there = len(_pictures(folder))
    assert 5 <= there < len(names)
    assert main(arguments) == 0
    resumed = _pictures(folder)
    assert len(resumed) == len(names)
    assert main([*arguments, "--result_name", "whole"]) == 0
    assert _pictures(space / "Result/whole/text") == resumed
    assert not list(folder.glob(".*.tmp"))


def test_batch_size_changes_no_pixel_by_more_than_one_level(space: Path, sd: Path) -> None:
    for size in ("1", "4"):
        assert main(_arguments(space, sd, "--mode", "text", "--batch_size", size, "--result_name", f"b{size}")) == 0
    for name in PHOTOS:
        one, four = (np.asarray(Image.open(space / f"Result/b{s}/text/{name}.png"), dtype=int) for s in "14")
        assert np.abs(one - four).max() <= 1


def test_other_settings_in_the_same_folder_are_refused(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(space, sd, "--mode", "text", "--limit", "1")
    assert main(arguments) == 0
    before = _pictures(space / "Result/tiny/text")
    assert main([*arguments, "--seed", "1"]) == 2
    error = capsys.readouterr().err
    assert "seed: 42 there, 1 now" in error
    assert "--overwrite" in error
    assert _pictures(space / "Result/tiny/text") == before
    assert main([*arguments, "--seed", "1", "--overwrite"]) == 0
    assert _pictures(space / "Result/tiny/text") != before


def test_a_checkpoint_that_changed_in_its_folder_is_refused(
    space: Path, sd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(sd, tmp_path / "copy"))
    arguments = _arguments(space, copy, "--mode", "text", "--limit", "1")
    assert main(arguments) == 0
    assert main(arguments) == 0
    weights = next((copy / "unet").glob("*.safetensors"))
    save_file({key: value * 1.01 for key, value in load_file(weights).items()}, weights)
    assert main(arguments) == 2
    assert "revision: 'files:" in capsys.readouterr().err


def test_reference_decoder_returns_the_reference_bit_by_bit(coded: Path) -> None:
    assert main(["--root", str(coded), "--model_name", "reference"]) == 0
    for name in PHOTOS:
        result, source = (Image.open(coded / p / "image" / f"{name}.png") for p in ("Result/reference", "Ref"))
        assert result.tobytes() == source.tobytes()


@pytest.mark.parametrize("flag", ["--batch_size", "--steps", "--max_side", "--limit", "--frames"])
def test_numbers_under_1_are_refused_by_the_parser(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([flag, "0"])
    assert f"argument {flag}: expected " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mode", "full"], "no folder"),
        (["--mode", "text", "--strength", "0.5"], "text mode starts from noise alone"),
        (["--mode", "full", "--strength", "0"], "expected a number over 0"),
        (["--mode", "full", "--steps", "1"], "leaves no step to run"),
        (["--mode", "text", "--device", "toaster"], "--device toaster cannot be used here"),
        (["--mode", "text", "--input_path", "none"], "Text holds test.csv"),
        (["--mode", "text", "--result_name", "../out"], "not a plain file name"),
        (["--mode", "text", "--model_dir", "no/where"], "cannot fetch 'no/where', which is no folder here"),
        (["--mode", "text", "--model_dir", "./no"], "no folder ./no; give the folder"),
        (["--mode", "text", "--model_name", "rael", "--model_dir", ""], "Did you mean 'real'?"),
        (["--mode", "text", "--model_name", "reference", "--model_dir", ""], "reference has no text mode"),
    ],
)
def test_wrong_settings_are_one_line(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(_arguments(space, sd, *arguments)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("NSI_zzz_1.png,unknown", "without an image in GT: NSI_zzz_1"),
        ("../../x.png,out", "not a plain file name"),
        ("/etc/x,out", "not a plain file name"),
        ("other.png,again", "names an image twice: other"),
    ],
)
def test_bad_caption_rows_are_refused(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str], row: str, message: str
) -> None:
    with open(space / "Text/test.csv", "a", encoding="utf-8") as file:
        file.write(row + "\n")
    assert main(_arguments(space, sd, "--mode", "text")) == 2
    assert message in capsys.readouterr().err
    assert not (space / "Result/tiny/text/other.png").exists()


def test_empty_caption_is_an_error_or_with_allow_partial_a_failure(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = space / "Text/test.csv"
    path.write_text(path.read_text().replace('"A photograph, called other."', ""))
    arguments = _arguments(space, sd, "--mode", "text")
    assert main(arguments) == 2
    assert "have no caption for text mode: other" in capsys.readouterr().err
    assert main([*arguments, "--allow_partial"]) == 1
    assert "4 of 5 pictures" in capsys.readouterr().out
    assert (space / "Result/tiny/text/failed.csv").read_text() == "name,reason\nother,no caption for text mode\n"


def test_missing_and_misshapen_references(coded: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = _arguments(coded, sd, "--mode", "image")
    folder = coded / "Ref/image"
    photo("coffee.png").resize((64, 64)).save(folder / "NSI_pgc_000.png")
    assert main(arguments) == 1
    assert "NSI_pgc_000.png is 64x64, expected 96x64 as in GT" in capsys.readouterr().out
    (folder / "other.png").unlink()
    assert main(arguments) == 2
    assert "have no reference in" in capsys.readouterr().err


def test_a_damaged_gt_is_an_error_or_with_allow_partial_a_failure(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = space / "GT/other.png"
    path.write_bytes(path.read_bytes()[:-400])
    arguments = _arguments(space, sd, "--mode", "text", "--allow_partial")
    assert main(arguments[:-1]) == 2
    assert "other.png is damaged or truncated" in capsys.readouterr().err
    assert main(arguments) == 1
    assert "4 of 5 pictures" in capsys.readouterr().out


def test_long_captions_are_counted(space: Path, sd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = space / "Text/test.csv"
    path.write_text(path.read_text().replace("called other", "called other " * 30))
    assert main(_arguments(space, sd, "--mode", "text")) == 0
    assert "1 caption(s) are longer than the text encoder reads" in capsys.readouterr().out
    assert json.loads((space / "Result/tiny/text/run.json").read_text())["outcome"]["captions_cut"] == 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs root to mount a small disk")
def test_full_disk_is_one_line_and_the_same_command_goes_on(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = space / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k", "none", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        arguments = _arguments(space, sd, "--mode", "text", "--output_path", str(disk))
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert "No space left on device" in error
        assert "Traceback" not in error
        assert all(Image.open(path).load() for path in (disk / "tiny/text").glob("*.png"))
        subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
        assert main(arguments) == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("named", ["Text/own.csv", "own.csv", "own", "whole path", "from here"])
def test_captions_are_found_from_here_and_under_the_root(
    named: str, space: Path, sd: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the benchmark's README types them, with --root before or without."""
    (space / "Text" / "test.csv").rename(space / "Text" / "own.csv")
    path = space / "Text" / "own.csv"
    if named == "from here":
        monkeypatch.chdir(space.parent)
        named, path = f"{space.name}/Text/own.csv", Path(space.name, "Text", "own.csv")
    named = str(path) if named == "whole path" else named
    assert main(_arguments(space, sd, "--mode", "text", "--limit", "1", "--allow_partial", "--input_path", named)) == 0
    assert f"captions: {path}\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["diffbir", "misc", "pasd", "stablesr"])
def test_restorers_are_looked_for_in_the_roots_weight(
    name: str, coded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--root", str(coded), "--model_name", name, "--mode", "image"]
    assert main(command) == 2
    folder = coded / T2I.get(name).facts.checkpoint
    assert f"error: no folder {folder}; download from https://" in capsys.readouterr().err
    folder.mkdir(parents=True)
    assert main(command) == 2
    assert f"no folder {folder}" not in capsys.readouterr().err
    assert main([*command, "--model_dir", str(folder.relative_to(coded)), "--overwrite"]) == 2
    assert f"{name}: {folder} " in capsys.readouterr().out


def test_what_is_finished_needs_no_model(
    space: Path, sd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(sd, model)
    command = ["--root", str(space), "--mode", "text", "--input_path", "test", "--model_name", "tiny", "--steps", "2"]
    command += ["--model_dir", str(model), "--max_side", "64"]
    assert main(command) == 0
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    content = weights.read_bytes()
    # Weights that are broken and not looked at tell that nothing was loaded; their fingerprint is of both ends.
    weights.write_bytes(content[: len(content) // 2] + bytes(64) + content[len(content) // 2 + 64 :])
    capsys.readouterr()
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "nothing to do, so tiny was not loaded" in out
    assert "5 of 5 pictures, 5 of them from before" in out
    # Other weights under the same path are loaded, and refused beside the pictures of before.
    weights.write_bytes(bytes(64) + content[64:])
    assert main(command) == 2
