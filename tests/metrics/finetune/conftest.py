"""The table that the tests of fine-tuning share."""

from pathlib import Path

import pytest

from tests.opinions import save_opinions


@pytest.fixture(scope="package")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noisy photographs and their opinions."""
    return save_opinions(tmp_path_factory.mktemp("opinions"))
