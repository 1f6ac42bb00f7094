import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.stages.deviation import FOLDER, Comparison, Deviation


def save(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(path)


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    for name in ("a", "b"):
        save(tmp_path / FOLDER / f"{name}.png", 100)
    return Comparison(tmp_path, ["a", "b"])


def test_it_is_known_once_all_pictures_are_there(comparison: Comparison) -> None:
    save(comparison.folder / "a.png", 101)
    assert comparison.look() is None
    save(comparison.folder / "b.png", 110)
    deviation = comparison.look()
    assert deviation is not None
    assert deviation.pictures == 2
    assert deviation.psnr_lowest == pytest.approx(20 * math.log10(255 / 10))
    assert deviation.psnr == pytest.approx(20 * math.log10(255 / 10) + 10)
    assert deviation.levels == 5.5
    assert comparison.end() == deviation
    assert not (comparison.folder / FOLDER).exists()


def test_a_picture_that_never_comes_leaves_it_unknown(comparison: Comparison) -> None:
    save(comparison.folder / "a.png", 101)
    unknown = "one of the first pictures could not be generated"
    assert comparison.end().record() == {"pictures": 0, "unknown": unknown}
    assert str(comparison.end()) == f"inexact, and not compared with exact pictures: {unknown}"


def test_without_pictures_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert Comparison(tmp_path, []).end().pictures == 0


def test_equal_pictures_are_recorded_without_infinity(comparison: Comparison) -> None:
    for name in comparison.keys:
        save(comparison.folder / f"{name}.png", 100)
    record = comparison.end().record()
    assert record == {"pictures": 2, "psnr": None, "psnr_lowest": None, "levels": 0.0}
    json.dumps(record, allow_nan=False)


def test_it_is_told_in_a_line() -> None:
    told = str(Deviation(2, 38.41, 37.9, 1.706))
    expected = "inexact: PSNR of the first 2 picture(s) to exact ones 38.4 dB, lowest 37.9; mean difference 1.71"
    assert told == f"{expected} of 255 levels"
