"""Models, metrics and codecs by name: a lazy factory and its facts.

A file of the user's own extends the toolkit (`--plugin my_decoder.py`):

    from cmc.registry import T2I

    @T2I.register("my-decoder", modes={"full", "image"}, needs=["diffusers"])
    def my_decoder(checkpoint, device, dtype):
        from my_package import Decoder      # heavy imports live here only
        return Decoder(checkpoint, device, dtype)
"""

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError

Factory = Callable[..., Any]


@dataclass(frozen=True)
class Entry:
    """One registered name: `factory` builds it, `needs` are the packages it imports, `facts` is data about it."""

    name: str
    factory: Factory
    needs: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def create(self, *args: Any, **kwargs: Any) -> Any:
        """Build it. Raises CMCError with the install command when a package is missing."""
        missing = [package for package in self.needs if importlib.util.find_spec(package) is None]
        if missing:
            command = self.facts.get("install", f"pip install {' '.join(missing)}")
            raise CMCError(f"{self.name} needs {' and '.join(missing)}: {command}")
        return self.factory(*args, **kwargs)


class Registry:
    """Names of one kind. `modules` register the built-in ones when a name is first asked for."""

    def __init__(self, kind: str, modules: Iterable[str]) -> None:
        self.kind = kind
        self._modules = tuple(modules)
        self._entries: dict[str, Entry] = {}
        self._loaded = False

    def register(self, name: str, *, needs: Iterable[str] = (), **facts: Any) -> Callable[[Factory], Factory]:
        """Decorate a factory. Raises CMCError if the name is taken."""

        def add(factory: Factory) -> Factory:
            if name in self._entries:
                raise CMCError(f"{self.kind} {name!r} is registered twice; choose another name in the plugin")
            self._entries[name] = Entry(name, factory, tuple(needs), facts)
            return factory

        return add

    def names(self) -> list[str]:
        """Every registered name, sorted without regard to case."""
        self._load()
        return sorted(self._entries, key=str.lower)

    def get(self, name: str) -> Entry:
        """The entry of a name. Raises CMCError with the nearest names and the whole list."""
        self._load()
        if name not in self._entries:
            near = difflib.get_close_matches(name, self._entries, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CMCError(f"unknown {self.kind} {name!r}.{hint} Known: {', '.join(self.names())}")
        return self._entries[name]

    def __contains__(self, name: str) -> bool:
        self._load()
        return name in self._entries

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for module in self._modules:
            importlib.import_module(module)


I2T = Registry("I2T model", ("cmc.i2t.chat", "cmc.i2t.openai_api", "cmc.i2t.sharegpt4v"))
T2I = Registry(
    "T2I model",
    (
        "cmc.t2i.animate",
        "cmc.t2i.autopipeline",
        "cmc.t2i.diffbir",
        "cmc.t2i.instructpix",
        "cmc.t2i.pasd",
        "cmc.t2i.reference",
        "cmc.t2i.stablesr",
    ),
)
METRICS = Registry("metric", ("cmc.metrics.clipsim", "cmc.metrics.fid", "cmc.metrics.pyiqa_table", "cmc.metrics.topiq"))
CODECS = Registry("codec", ("cmc.codecs.ffmpeg", "cmc.codecs.learned", "cmc.codecs.pillow"))


def load_plugin(path: Path) -> None:
    """Run a user's Python file so that its `register` calls take effect.

    Raises CMCError when the file is missing or fails.
    """
    spec = importlib.util.spec_from_file_location(f"cmc_plugin_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CMCError(f"--plugin {path}: no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except CMCError:
        raise
    except Exception as error:
        raise CMCError(f"--plugin {path} failed: {type(error).__name__}: {error}") from error
