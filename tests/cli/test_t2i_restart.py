"""Step 2 of every family, begun again: the picture that was lost comes back byte for byte."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cmc.cli.t2i import main
from tests.families import DISTINCT, EDITING


@pytest.mark.parametrize("family", DISTINCT)
def test_a_lost_picture_comes_back_as_it_was(
    family: str, tiny: Callable[[str], Path], referenced: Path, tmp_path: Path
) -> None:
    space = shutil.copytree(referenced, tmp_path / "space")
    mode = "full" if family in EDITING else "text"
    chosen = tmp_path / "two.txt"  # of one size, and so of one batch
    chosen.write_text("NSI_pgc_000\nNSI_ugc_001\n", encoding="utf-8")
    command = ["--root", str(space), "--model_name", "tiny", "--model_dir", str(tiny(family)), "--mode", mode]
    command += [
        "--input_path",
        "test",
        "--images",
        str(chosen),
        "--batch_size",
        "2",
        "--max_side",
        "96",
        "--steps",
        "1",
    ]
    assert main(command) == 0
    pictures = {path: path.read_bytes() for path in (space / "Result/tiny" / mode).glob("*.png")}
    assert len(pictures) == 2
    lost, kept = sorted(pictures)
    before = kept.stat().st_mtime_ns
    lost.unlink()
    assert main(command) == 0
    assert {path: path.read_bytes() for path in pictures} == pictures
    assert kept.stat().st_mtime_ns == before
