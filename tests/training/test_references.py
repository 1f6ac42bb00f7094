"""References of training scenes: the benchmark's own, made once."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.codecs.base import Coded
from cmc.codecs.grid_geometry import BLOCK
from cmc.core.digests import FileDigests
from cmc.core.images import save_png
from cmc.scenes.render import scenes
from cmc.stages.code_images import CodedFolder, Coder, code_images
from cmc.stages.job_requests import start_image
from cmc.stages.make_references import pixel_kind
from training import references
from training.vae import SIDE


def _images(count: int) -> np.ndarray:
    return np.stack([np.asarray(scene.image) for scene in scenes("train", count)])


@pytest.mark.parametrize("kind", ["image", "pixel"])
def test_references_are_those_of_the_benchmark_s_command(tmp_path: Path, kind: str) -> None:
    images = _images(2)
    stacked = references.references(tmp_path, kind, images, SIDE)
    for name, pixels in zip("ab", images, strict=True):
        save_png(tmp_path / f"{name}.png", Image.fromarray(pixels))
    paths = {name: tmp_path / f"{name}.png" for name in "ab"}
    folder = CodedFolder(tmp_path / "ref", tmp_path / "ref", ".bits", "settings")
    made = code_images(paths, folder, references.coder(kind), FileDigests(tmp_path / "digests.sqlite"), 1)
    assert not any(reference.error for reference in made)
    for name, pixels in zip("ab", stacked, strict=True):
        wanted = start_image(tmp_path / "ref" / f"{name}.png", (2 * BLOCK, 2 * BLOCK), (SIDE, SIDE))
        assert np.array_equal(pixels, np.asarray(wanted))


def test_references_that_are_there_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "CHUNK", 2)
    images = _images(3)
    first = references.references(tmp_path, "pixel", images, SIDE)
    assert first.shape == (3, SIDE, SIDE, 3)
    sorted(tmp_path.glob("*-2-*.npy"))[0].unlink()
    coded = []

    def coder(kind: str) -> Coder:
        def code(key: str, image: Image.Image) -> tuple[int | None, Coded]:
            coded.append(image)
            return pixel_kind().code(key, image)

        return code

    monkeypatch.setattr(references, "coder", coder)
    assert np.array_equal(references.references(tmp_path, "pixel", images, SIDE), first)
    assert len(coded) == 1
