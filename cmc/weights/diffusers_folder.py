"""Loading a diffusers checkpoint so that every weight finds its place, and saying what was loaded."""

import importlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cmc.core.errors import CMCError, reason
from cmc.weights.hub import download_snapshot, local_folder
from cmc.weights.reader import load_fault
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch
    from torch import nn

    from cmc.weights.checkpoint import State


INDEX = "model_index.json"
ADVICE = "give the folder of a downloaded checkpoint, in diffusers' format, with --model_dir"


def quiet() -> None:
    """Keep diffusers from drawing its bars and advice over ours."""
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def fetch(checkpoint: str, half: bool) -> Path:
    """The local folder of a diffusers checkpoint: `checkpoint` itself, or the hub's snapshot of that id.

    A `half` run, in fp16, asks the hub for the smaller `fp16` files and takes the others where there are none; bf16
    keeps the range of fp32, which those files have lost.
    Importing diffusers takes longer than finding out that it has nothing to load, so a decoder fetches before that.
    Raises CMCError when neither exists.
    """
    return local_folder(checkpoint, ADVICE, INDEX, _download_half if half else _download)


def fetch_index(checkpoint: str) -> Path:
    """As `fetch`, of the index alone: what a checkpoint consists of."""
    return local_folder(checkpoint, ADVICE, INDEX, partial(download_snapshot, patterns=[INDEX]))


def pipeline_name(folder: Path) -> str:
    """The class of a checkpoint's pipeline, "" where its index names none. Raises CMCError where it is no index."""
    index = _read_index(folder)
    name = index.get("_class_name")
    return name if isinstance(name, str) else ""


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CMCError(f"{folder / INDEX} cannot be read ({reason(error)}); download the checkpoint again") from error
    if not isinstance(index, dict):
        raise CMCError(f"{folder / INDEX} is no index of a checkpoint; download the checkpoint again")
    return index


def _download(checkpoint: str, only_here: bool, variant: str | None = None) -> str:
    from diffusers import DiffusionPipeline

    quiet()
    return DiffusionPipeline.download(checkpoint, variant=variant, local_files_only=only_here)


def _download_half(checkpoint: str, only_here: bool) -> str:
    try:
        return _download(checkpoint, only_here, "fp16")
    except (OSError, ValueError):  # there are no such files, or nothing at all
        return _download(checkpoint, only_here)


def load_components(folder: Path, dtype: "torch.dtype", leave_out: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """(networks by component name, "what was loaded" by component name) of a folder in diffusers' format.

    Raises CMCError when a weight is missing, left over or of another shape.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()
    networks, formats = {}, {}
    for name, spec in _read_index(folder).items():
        if not isinstance(spec, list) or not spec[0] or name in leave_out:
            continue
        network_class = _find_network_class(*spec)
        if network_class is not None:
            networks[name], formats[name] = load_network(network_class, folder, name, dtype)
    return networks, formats


def absent_components(folder: Path, leave_out: set[str]) -> list[str]:
    """The components that an index names and that are none, of themselves or as one to `leave_out`."""
    specs = {name: spec for name, spec in _read_index(folder).items() if isinstance(spec, list)}
    return [name for name, spec in specs.items() if not spec[0] or name in leave_out]


def _find_network_class(library: str, name: str) -> "type[NetworkClass] | None":
    from torch import nn

    parent = library if library in ("diffusers", "transformers") else f"diffusers.pipelines.{library}"
    member = getattr(importlib.import_module(parent), name, None)
    is_network = isinstance(member, type) and issubclass(member, nn.Module)
    return member if is_network else None


class NetworkClass(Protocol):
    """A network of diffusers or transformers."""

    @classmethod
    def from_pretrained(cls, folder: Path, **options: Any) -> Any:
        """The network, and with `output_loading_info` also what did not fit."""


def load_network(
    network_class: type[NetworkClass], folder: Path, name: str, dtype: "torch.dtype"
) -> "tuple[nn.Module, str]":
    """(network, "what was loaded") from the subfolder `name`: its fp16 files in fp16, and where there are no others.

    Raises CMCError as above.
    """
    import torch

    files = [path.name for path in (folder / name).iterdir()] if (folder / name).is_dir() else []
    halves = [file for file in files if ".fp16." in file]
    if dtype != torch.float16 and any(map(_holds_weights, set(files) - set(halves))):
        halves = []
    safe = any(file.endswith(".safetensors") for file in halves or files)
    try:
        network, info = network_class.from_pretrained(
            folder,
            subfolder=name,
            dtype=dtype,
            use_safetensors=safe,
            variant="fp16" if halves else None,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:  # each library raises its own kinds on a damaged file
        fault = load_fault(error)
        raise CMCError(f"{folder / name} cannot be loaded ({fault}); download the checkpoint again") from error
    check_checkpoint(folder / name, from_loading_info(info))
    return network.eval(), f"{'fp16' if halves else 'full'} {'safetensors' if safe else 'bin'}"


def _holds_weights(file: str) -> bool:
    return file.endswith((".safetensors", ".bin"))


def read_network(folder: Path) -> "tuple[dict[str, Any], State, Path]":
    """(configuration, weights, the weights' file) of a network of diffusers', for a class that is not the library's.

    Raises CMCError when a file is missing or damaged.
    """
    from cmc.weights.checkpoint import read_checkpoint

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CMCError(f"{folder}/config.json cannot be read ({reason(error)}); download {folder} again") from error
    files = [folder / f"diffusion_pytorch_model.{suffix}" for suffix in ("safetensors", "bin")]
    file = next((file for file in files if file.is_file()), files[0])
    return config, read_checkpoint(file), file
