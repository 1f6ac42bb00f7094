"""Results to score: what the commands that evaluate are tested on."""

from pathlib import Path

import pytest

from tests.conftest import blur_all
from tests.tiny_topiq import save_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def results(space: Path, weights: Path) -> Path:
    """A root in which a decoder has blurred every image, in two modes."""
    (space / "Weight").symlink_to(weights)
    blur_all(space, "real", {"full": 4, "text": 16})
    return space
