"""Weights of both TOPIQ metrics, tiny and random."""

from pathlib import Path

import pytest

from tests.tiny_topiq import save_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights"))
