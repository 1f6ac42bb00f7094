"""What MISC's published code does wrong with bits and sizes, and is done right here."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.cli.reference import main as reference
from cmc.codecs.grid_geometry import MISC, PixelGrid
from cmc.codecs.pixelgrid import grid_size, pack, to_levels
from cmc.core.bits import bits
from cmc.core.items import Items, sent_of
from cmc.core.modes import MODES
from cmc.registry import CODECS
from cmc.stream import container
from cmc.stream.stream import Stream
from tests.codecs.test_learned import tiny_state
from tests.conftest import PHOTOS, photo
from tests.tables import read

CODEC = "cheng2020-attn"


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    torch.save({"network": tiny_state(CODEC)}, tmp_path / "cheng.pth")
    return str(tmp_path / "cheng.pth")


def test_fault_2_pixels_are_counted_by_their_bits_and_not_by_a_byte_and_more_each() -> None:
    levels = to_levels(photo("astronaut.png").resize((1024, 1024)), MISC)
    assert bits(len(pack(levels, MISC))) == 16 * 16 * 3 * 5 == 3840  # published: 12,288
    stream = container.pack(Stream(MODES["pixel"], (1024, 1024), grid=levels, geometry=MISC))
    geometry = 8
    assert bits(len(stream)) <= 64 + geometry + 3840
    assert np.array_equal(container.unpack(stream).grid, levels)


def test_fault_3_larger_blocks_are_fewer_pixels() -> None:
    counts = [np.prod(grid_size((1024, 768), PixelGrid(block))) for block in (32, 64, 128)]
    assert counts == sorted(counts, reverse=True)
    # A side of 32 pixels is the least that a block of MISC has.
    assert [MISC.side((side, side)) for side in (256, 512, 1024, 2048)] == [32, 32, 64, 128]
    assert grid_size((2048, 2048), MISC) == (16, 16)
    assert grid_size((256, 256), MISC) == (8, 8)


def test_fault_4_bits_are_divided_by_the_picture_s_pixels_and_not_by_padded_ones(space: Path, checkpoint: str) -> None:
    arguments = ["--kind", "image", "--codec", CODEC, "--qp", "1", "--model_dir", checkpoint]
    (space / "names.txt").write_text("other.png\n")
    assert reference(["--root", str(space), *arguments, "--images", str(space / "names.txt")]) == 0
    (row,) = read(space / "Ref/image/streams.csv")
    width, height = PHOTOS["other"][1]
    assert (width % 64, height % 64) != (0, 0)
    assert float(row["bpp"]) == pytest.approx(8 * int(row["bytes"]) / (width * height), abs=1e-6)


def test_fault_6_both_sides_are_cropped_back_after_padding(checkpoint: str) -> None:
    codec = CODECS.get(CODEC).create(checkpoint=checkpoint)
    image = photo("coffee.png").crop((0, 0, 70, 90))
    padded = Image.fromarray(np.pad(np.asarray(image), ((0, 38), (0, 58), (0, 0)), mode="edge"))
    whole = codec.decode(codec.encode(padded), padded.size)
    assert codec.encode(image) == codec.encode(padded)
    picture = codec.decode(codec.encode(image), image.size)
    assert picture.size == image.size
    assert picture.tobytes() == whole.crop((0, 0, *image.size)).tobytes()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_fault_7_one_or_two_names_will_do(count: int) -> None:
    lines = ["[boat] small and red", "[tower, tall] white", "[gull] grey"][:count]
    sent = sent_of("\n".join([*lines, "[overall] A harbour."]))
    maps = np.zeros((count, 8, 8), bool)
    stream = Stream(MODES["full"], (64, 64), sent.overall, None, "webp", b"x", sent.details, maps if count else None)
    back = container.unpack(container.pack(stream))
    assert back.sent == sent
    assert len(back.details) == count
    assert Items.from_text("\n".join([*lines, "[overall] A harbour."])) is not None
