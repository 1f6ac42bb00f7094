"""Streams are enough: unpacked on a machine without ground truth they decode to the pictures of the folders."""

from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.t2i import main as t2i
from cmc.cli.unpack import main as unpack
from tests import tiny_t2i
from tests.conftest import PHOTOS


def _decode(root: Path, model: Path, captions: str) -> dict[str, bytes]:
    arguments = ["--input_path", captions, "--model_name", "tiny", "--model_dir", str(model)]
    assert t2i(["--root", str(root), *arguments, "--max_side", "64", "--steps", "4"]) == 0
    return {str(path.relative_to(root)): Image.open(path).tobytes() for path in (root / "Result").rglob("*.png")}


def test_unpacked_streams_decode_pixel_for_pixel_as_the_folders(
    space: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = tiny_t2i.sd(tmp_path_factory.mktemp("sd"))
    reference(["--root", str(space)])
    assert pack(["--root", str(space), "--input_path", "test"]) == 0
    away = tmp_path_factory.mktemp("away")
    assert unpack(["--root", str(away), str(space / "Stream")]) == 0
    assert not (away / "GT").exists()
    sent, kept = _decode(away, model, "stream"), _decode(space, model, "test")
    assert len(kept) == 4 * len(PHOTOS)
    assert sent == kept
