from pathlib import Path

import pytest

from tests import tiny_t2i


@pytest.fixture(scope="session")
def sd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion checkpoint."""
    return tiny_t2i.sd(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion XL checkpoint."""
    return tiny_t2i.sdxl(tmp_path_factory.mktemp("sdxl"))
