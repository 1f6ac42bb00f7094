"""Commands with plugins, in this process: what they register must not stay."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cmc.registry import CODECS, I2T, METRICS, T2I


@contextmanager
def new_names() -> Iterator[None]:
    """Plugins that are loaded meanwhile are forgotten at the end, as if a process had ended, names and all."""
    with pytest.MonkeyPatch.context() as patched:
        for registry in (I2T, T2I, METRICS, CODECS):
            registry.names()  # the toolkit's own are there for good
            patched.setattr(registry, "_entries", dict(registry._entries))
        before = set(sys.modules)
        try:
            yield
        finally:
            for name in set(sys.modules) - before:
                if name.startswith("cmc_plugin_"):
                    del sys.modules[name]
