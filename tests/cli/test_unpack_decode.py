"""Streams are enough: unpacked on a machine without ground truth they decode to the pictures of the folders."""

from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.maps import main as maps
from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.t2i import main as t2i
from cmc.cli.unpack import main as unpack
from cmc.core.captions import write_captions
from cmc.core.origin import read_origin
from tests.conftest import PHOTOS
from tests.tiny_clip import save_clip


def _decode(root: Path, model: Path, captions: str, mode: str = "all") -> dict[str, bytes]:
    arguments = ["--input_path", captions, "--model_name", "tiny", "--model_dir", str(model), "--mode", mode]
    assert t2i(["--root", str(root), *arguments, "--max_side", "64", "--steps", "4"]) == 0
    return {str(path.relative_to(root)): Image.open(path).tobytes() for path in (root / "Result").rglob("*.png")}


def test_unpacked_streams_decode_pixel_for_pixel_as_the_folders(
    coded: Path, sd: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert pack(["--root", str(coded), "--input_path", "test"]) == 0
    away = tmp_path_factory.mktemp("away")
    assert unpack(["--root", str(away), str(coded / "Stream")]) == 0
    assert not (away / "GT").exists()
    sent, kept = _decode(away, sd, "stream"), _decode(coded, sd, "test")
    assert len(kept) == 4 * len(PHOTOS)
    assert sent == kept


def test_so_do_streams_of_details_and_of_other_grids(
    space: Path, sd: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    caption = "[cup] white, full of coffee\n[table] old and wooden\n[overall] Both in the sun."
    write_captions(space / "Text/test.csv", {f"{key}.png": caption for key in PHOTOS})
    assert reference(["--root", str(space), "--kind", "pixel", "--block", "misc"]) == 0
    clip = tmp_path_factory.mktemp("clip")
    assert maps(["--root", str(space), "--input_path", "test", "--model_dir", str(save_clip(clip))]) == 0
    assert pack(["--root", str(space), "--input_path", "test", "--mode", "pixel", "--items", "3"]) == 0
    away = tmp_path_factory.mktemp("away")
    assert unpack(["--root", str(away), str(space / "Stream")]) == 0
    sent, kept = _decode(away, sd, "stream", "pixel"), _decode(space, sd, "test", "pixel")
    assert len(kept) == len(PHOTOS)
    assert sent == kept
    for name in kept:
        there, here = read_origin(away / name), read_origin(space / name)
        assert (there.caption, there.reference) == (here.caption, here.reference)
