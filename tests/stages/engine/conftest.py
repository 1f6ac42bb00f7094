"""Engines whose workers are not in this process; each stays open for a module, and so do its workers."""

from collections.abc import Iterator

import pytest

from cmc.stages.engine.base import Engine
from cmc.stages.engine.local import Local
from cmc.stages.engine.on_ray import OnRay


@pytest.fixture(scope="module", params=["local", "ray"])
def away(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Two workers."""
    if request.param == "ray":
        request.getfixturevalue("cluster")
    with Local(2) if request.param == "local" else OnRay(2, None) as engine:
        yield engine
