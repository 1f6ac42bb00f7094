"""Results to score: what the commands that evaluate are tested on."""

from pathlib import Path

import pytest
from PIL import Image

from cmc.workspace import list_images
from tests.tiny_topiq import save_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def results(space: Path, weights: Path) -> Path:
    """A root in which a decoder has blurred every image, in two modes."""
    (space / "Weight").symlink_to(weights)
    for mode, factor in (("full", 4), ("text", 16)):
        folder = space / "Result" / "real" / mode
        folder.mkdir(parents=True)
        for path in list_images(space / "GT").values():
            image = Image.open(path)
            small = image.resize((image.width // factor + 1, image.height // factor + 1))
            small.resize(image.size).save(folder / path.name)
    return space
