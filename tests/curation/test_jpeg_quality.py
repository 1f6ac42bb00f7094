from pathlib import Path

import pytest
from PIL import Image

from cmc.curation.jpeg_quality import LUMINANCE, jpeg_quality
from tests.conftest import photo


@pytest.mark.parametrize("quality", [1, 20, 49, 50, 51, 75, 90, 95, 100])
def test_the_quality_is_that_which_the_file_was_saved_at(tmp_path: Path, quality: int) -> None:
    path = tmp_path / "photo.png"  # whatever it is called
    photo("coffee.png").resize((64, 48)).save(path, "JPEG", quality=quality)
    assert jpeg_quality(path) == quality


def test_table_k1_is_the_file_s_at_quality_50(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("L", (8, 8)).save(path, quality=50)
    # DQT, length 67, table 0; in the file the entries stand in zigzag.
    data = path.read_bytes()
    table = data[data.index(bytes.fromhex("ffdb004300")) + 5 :][:64]
    assert table[:6] == bytes([16, 11, 12, 14, 12, 10])
    assert sorted(table) == sorted(LUMINANCE)


def test_tables_of_other_encoders_get_the_nearest_quality(tmp_path: Path) -> None:
    path = tmp_path / "flat.jpg"
    photo("coffee.png").resize((64, 48)).save(path, qtables=[[2] * 64, [2] * 64])
    quality = jpeg_quality(path)
    assert quality is not None
    assert 95 < quality < 100


def test_other_formats_have_none(tmp_path: Path) -> None:
    photo("coffee.png").resize((64, 48)).save(tmp_path / "photo.jpg", "PNG")
    assert jpeg_quality(tmp_path / "photo.jpg") is None
