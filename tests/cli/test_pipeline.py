"""The three steps in sequence, as a user types them, on photographs and on pictures of awkward sizes."""

from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.evaluate import main as evaluate
from cmc.cli.i2t import main as i2t
from cmc.cli.reference import main as reference
from cmc.cli.t2i import main as t2i
from tests import tiny_i2t, tiny_topiq
from tests.conftest import PHOTOS, photo
from tests.tables import read

AWKWARD = {"SCI_small_000": (33, 31), "other_thin": (1, 2000)}


def test_images_in_scores_out(space: Path, sd: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    seer = str(tiny_i2t.llava(tmp_path_factory.mktemp("llava")))
    for name, size in AWKWARD.items():
        photo("astronaut.png").resize(size).save(space / "GT" / f"{name}.png")
    photo("coffee.png").resize((80, 60)).save(space / "GT" / "NSI_ugc_jpeg.jpg")
    tiny_topiq.save_weights(space / "Weight")
    root = ["--root", str(space)]
    model = ["--model_name", "tiny", "--model_dir", str(sd), "--max_side", "64", "--steps", "4"]
    assert reference(root) == 0
    assert i2t([*root, "--model_name", "seer", "--model_dir", seer]) == 0
    assert t2i([*root, "--input_path", str(space / "Text/seer.csv"), *model]) == 0
    assert t2i([*root, "--model_name", "reference"]) == 0
    assert evaluate([*root, "--target", "tiny", "reference"]) == 0
    for target, modes in (("tiny", 4), ("reference", 3)):
        rows = read(space / "Result" / target / "scores.csv")
        assert len(rows) == modes * (len(PHOTOS) + 3)
        assert {row["status"] for row in rows} == {"ok"}
        for name, size in AWKWARD.items():
            assert Image.open(space / "Result" / target / "pixel" / f"{name}.png").size == size
        summary = read(space / "Result" / target / "summary.csv")
        whole = [row for row in summary if (row["mode"], row["content_type"]) == ("Overall", "all")]
        overall, fr, nr = (float(whole[0][column]) for column in ("overall", "fr", "nr"))
        assert overall == pytest.approx((2 * fr + nr) / 3, abs=2e-6)
