"""pyiqa's networks built without what their constructors would download.

Most of them fetch a backbone whatever they are told: no argument says otherwise. What they fetch it with are names of
their own module (`timm`, `models`, `load`, …), which stand for something else here while a network is built. timm and
torchvision themselves stay as they are.
"""

import importlib
import inspect
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, reason

if TYPE_CHECKING:
    from torch import Tensor, nn

# The libraries that bring backbones, by the names that pyiqa's modules know them by.
LIBRARIES = {"timm": "timm", "torchvision": "torchvision", "models": "torchvision.models"}

# One network is built at a time: another thread would take stand-ins for the module's own names, and leave them there.
_building = threading.RLock()


@contextmanager
def replaced_names(module: ModuleType, stand_ins: Mapping[str, object]) -> Iterator[None]:
    """Inside, those names of `stand_ins` that a module has mean something else; afterwards, come what may, their own.

    Other threads that enter wait until this one has left.
    """
    with _building:
        own = {name: vars(module)[name] for name in stand_ins if name in vars(module)}
        try:
            vars(module).update({name: stand_ins[name] for name in own})
            yield
        finally:
            vars(module).update(own)


@contextmanager
def untrained(arch: str, make_clip: "Callable[[], nn.Module] | None" = None) -> Iterator[Any]:
    """The module `pyiqa.archs.<arch>`; inside, its constructors make networks whose weights are yet to be filled in.

    make_clip: a CLIP of OpenAI's layout, for a constructor that asks for one.
    """

    def load_clip(*_: object, **__: object) -> "nn.Module":
        if make_clip is None:
            raise CMCError(f"pyiqa.archs.{arch} asks for a CLIP; its metric must name a file of one")
        return make_clip()

    from cmc.weights.undrawn import Undrawn

    libraries = {name: _WithoutWeights(importlib.import_module(path)) for name, path in LIBRARIES.items()}
    module = importlib.import_module(f"pyiqa.archs.{arch}")
    with tempfile.TemporaryDirectory() as empty:
        stand_ins = {
            "load_pretrained_network": _ignore,
            "load": load_clip,
            # Text features that another file's weights gave would be taken from there.
            "DEFAULT_CACHE_DIR": empty,
        }
        with replaced_names(module, libraries | stand_ins), Undrawn():
            yield module


class _WithoutWeights:
    """A library whose functions make networks without weights, whatever they are told."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._library, name)
        if inspect.ismodule(member):
            return _WithoutWeights(member)
        return partial(_call_without_weights, member) if inspect.isfunction(member) else member


def _call_without_weights(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    kept = {key: value for key, value in options.items() if key not in ("pretrained", "weights")}
    return function(*arguments, **kept)


def _ignore(*_: object, **__: object) -> None:
    """In place of what would fetch weights and fill them in."""


def build_clip(state: "Mapping[str, Tensor]", where: Path) -> "nn.Module":
    """OpenAI's CLIP as pyiqa has it, in fp32. Raises CMCError for the state of anything else."""
    from pyiqa.archs.clip_model import build_model

    try:
        network = build_model(dict(state)).float()
    except (KeyError, RuntimeError) as error:
        raise CMCError(f"{where} holds no CLIP in OpenAI's layout ({reason(error)}); download it again") from error
    # Again, since it rounds to fp16 on its way.
    network.load_state_dict({key: state[key] for key in network.state_dict()}, strict=True)
    return network
