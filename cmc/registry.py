"""Models, metrics and codecs by name: a lazy factory and its facts.

A file of the user's own extends the toolkit (`--plugin my_decoder.py`):

    from cmc.registry import T2I

    @T2I.register("my-decoder", modes={"full", "image"}, needs=["diffusers"])
    def my_decoder(checkpoint, device, dtype):
        from my_package import Decoder      # heavy imports live here only
        return Decoder(checkpoint, device, dtype)

So does an installed package with an entry point of the group `cmc.plugins` that names such a module.
"""

import difflib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from cmc.core.errors import CMCError
from cmc.core.facts import CodecFacts, DecoderFacts, EncoderFacts, Facts, MetricFacts, Option, Value, fact_names
from cmc.core.faults import faults_told, kind_of

__all__ = ["CODECS", "I2T", "METRICS", "T2I", "Entry", "Option", "Registry", "load_plugin", "load_plugins"]

# What a factory takes differs by kind, and is stated by the bases of what it makes.
Factory = Callable[..., Any]
Kind = TypeVar("Kind", bound=Facts)
PLUGIN_GROUP = "cmc.plugins"


@dataclass(frozen=True)
class Entry(Generic[Kind]):
    """One registered name: `factory` builds it, `facts` is what is known of it without building it.

    Travels to another process by its name in the registry of `kind`, or as one that `family` there loads: the plugins
    that register it must be loaded there first.
    """

    name: str
    factory: Factory
    facts: Kind
    kind: str = ""
    family: str = ""

    def __reduce__(self) -> tuple[Callable[[str, str, str], "Entry[Any]"], tuple[str, str, str]]:
        return _registered, (self.kind, self.name, self.family)

    def create(self, *args: Any, **kwargs: Any) -> Any:
        """Build it. Raises CMCError with the install command when a package is missing, and for a factory that fails
        or returns something else."""
        missing = self.missing_packages()
        if missing:
            command = self.facts.install or f"pip install {' '.join(missing)}"
            raise CMCError(f"{self.name} needs {' and '.join(missing)}: {command}")
        with faults_told(f"building {self.name}"):
            built = self.factory(*args, **kwargs)
        lacking = [member for member in self.facts.members() if not hasattr(built, member)]
        if lacking:
            found = f"{kind_of(built)} without {' and '.join(lacking[:2])}"
            raise CMCError(f"building {self.name} gave {found}; its factory must return a {self.facts.base}")
        return built

    def check_options(self, given: Mapping[str, Value]) -> None:
        """Raises CMCError for an option that is another's."""
        strays = sorted(given.keys() - self.facts.options.keys())
        if strays:
            own = ", ".join(f"--{name}" for name in self.facts.options)
            has = f"it has {own}" if own else "it has none of its own"
            raise CMCError(f"--{strays[0]} is no option of {self.name}, {has}; leave it out")

    def recorded(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Those of the options given that results depend on."""
        return {name: value for name, value in given.items() if self.facts.options[name].changes_output}

    def missing_packages(self) -> list[str]:
        """What it needs and is not installed."""
        return [package for package in self.facts.needs if not _is_installed(package)]


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a part of a package that is not there
        return False


class Registry(Generic[Kind]):
    """Names of one kind, each with `facts` of that class. `modules` register the built-in ones when a name is first
    asked for, in whichever thread that is."""

    def __init__(self, kind: str, facts: type[Kind], modules: Iterable[str]) -> None:
        self.kind = kind
        self._facts, self._modules = facts, tuple(modules)
        self._entries: dict[str, Entry[Kind]] = {}
        self._lock, self._loaded = threading.RLock(), False

    def register(self, name: str, **facts: Any) -> Callable[[Factory], Factory]:
        """Decorate a factory. Raises CMCError if the name is taken, or a fact is missing, unknown or wrong."""
        stated = self._checked(name, facts)

        def add(factory: Factory) -> Factory:
            with self._lock:
                if name in self._entries:
                    raise CMCError(f"{self.kind} {name!r} is registered twice; choose another name in the plugin")
                self._entries[name] = Entry(name, factory, stated, self.kind)
            return factory

        return add

    def _checked(self, name: str, facts: dict[str, Any]) -> Kind:
        subject, known = f"{self.kind} {name!r}", fact_names(self._facts)
        for fact in facts.keys() - set(known):
            near = difflib.get_close_matches(fact, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CMCError(f"{subject} states an unknown fact {fact!r}.{hint} Known: {', '.join(known)}")
        required = [
            fact.name for fact in fields(self._facts) if fact.default is MISSING and fact.default_factory is MISSING
        ]
        absent = [fact for fact in required if fact not in facts]
        if absent:
            raise CMCError(f"{subject} lacks the fact {' and '.join(map(repr, absent))}; state it where it registers")
        try:
            return self._facts(**facts)
        except CMCError as error:
            raise CMCError(f"{subject}: {error}") from error

    def names(self) -> list[str]:
        """Every registered name, sorted without regard to case."""
        self._load()
        return sorted(self._entries, key=str.lower)

    def entries(self) -> list[Entry[Kind]]:
        """Every entry, in the order of `names`."""
        return [self._entries[name] for name in self.names()]

    def get(self, name: str) -> Entry[Kind]:
        """The entry of a name. Raises CMCError with the nearest names and the whole list."""
        self._load()
        if name not in self._entries:
            near = difflib.get_close_matches(name, self._entries, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CMCError(f"unknown {self.kind} {name!r}.{hint} Known: {', '.join(self.names())}")
        return self._entries[name]

    def find(self, name: str, checkpoint: str, family: str) -> Entry[Kind]:
        """The entry of a name; with a `checkpoint` of a name that is not registered, one as `family` loads it."""
        if checkpoint and name not in self:
            like = self.get(family)
            return Entry(name, like.factory, replace(like.facts, licence="its own"), self.kind, family)
        return self.get(name)

    def options(self) -> dict[str, Option]:
        """The flags of all names, sorted; those that share a name share their flag.

        Raises CMCError where two of one name take different values.
        """
        options: dict[str, Option] = {}
        for entry in self.entries():
            for name, option in entry.facts.options.items():
                if options.setdefault(name, option).type is not option.type:
                    raise CMCError(f"{self.kind} {entry.name!r}: its option --{name} is another's of another type")
        return dict(sorted(options.items()))

    def __contains__(self, name: str) -> bool:
        self._load()
        return name in self._entries

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            for module in self._modules:
                importlib.import_module(module)
            self._loaded = True


I2T = Registry("I2T model", EncoderFacts, ("cmc.i2t.checkpoints", "cmc.i2t.openai_api", "cmc.i2t.sharegpt4v"))
T2I = Registry(
    "T2I model",
    DecoderFacts,
    (
        "cmc.t2i.animate",
        "cmc.t2i.checkpoints",
        "cmc.t2i.diffbir",
        "cmc.t2i.instructpix",
        "cmc.t2i.lightning",
        "cmc.t2i.misc.decoder",
        "cmc.t2i.pasd",
        "cmc.t2i.reference",
        "cmc.t2i.stablesr",
    ),
)
METRICS = Registry(
    "metric",
    MetricFacts,
    (
        "cmc.metrics.clipscore",
        "cmc.metrics.clipsim",
        "cmc.metrics.dinov2",
        "cmc.metrics.dreamsim",
        "cmc.metrics.fid",
        "cmc.metrics.natural_scenes",
        "cmc.metrics.ocr",
        "cmc.metrics.patch_fid",
        "cmc.metrics.pyiqa_table",
        "cmc.metrics.qalign",
        "cmc.metrics.qrealign",
        "cmc.metrics.similarity",
        "cmc.metrics.topiq",
    ),
)
CODECS = Registry(
    "codec",
    CodecFacts,
    (
        "cmc.codecs.cdc.codec",
        "cmc.codecs.diffc.codec",
        "cmc.codecs.ffmpeg",
        "cmc.codecs.learned",
        "cmc.codecs.pillow",
    ),
)


def _registered(kind: str, name: str, family: str) -> Entry[Any]:
    """The entry that was taken apart elsewhere; of a `family`, one that is not registered under its own name."""
    registries: tuple[Registry[Any], ...] = (I2T, T2I, METRICS, CODECS)
    registry = next(registry for registry in registries if registry.kind == kind)
    return registry.find(name, family, family)


def load_plugins(paths: Iterable[Path]) -> None:
    """Let installed packages (entry points of the group `cmc.plugins`), then files, register what they have.

    Raises CMCError, naming it, for one that is missing or fails.
    """
    for point in entry_points(group=PLUGIN_GROUP):
        try:
            point.load()
        except Exception as error:  # a stranger's module raises what it likes
            raise _failure(f"plugin {point.name} ({point.value})", error) from error
    for path in paths:
        load_plugin(path)


def load_plugin(path: Path) -> None:
    """Run a user's Python file, once, so that its `register` calls take effect.

    Raises CMCError when the file is missing or fails.
    """
    name = f"cmc_plugin_{path.resolve()}"
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CMCError(f"--plugin {path}: no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _failure(f"--plugin {path}", error) from error


def _failure(plugin: str, error: Exception) -> CMCError:
    kind = "" if isinstance(error, CMCError) else f"{type(error).__name__}: "
    return CMCError(f"{plugin} failed: {kind}{error}")
