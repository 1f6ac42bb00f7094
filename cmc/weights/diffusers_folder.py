"""Loading a diffusers checkpoint so that every weight finds its place, and saying what was loaded."""

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, reason
from cmc.weights.hub import local_folder
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch


def quiet() -> None:
    """Keep diffusers from drawing its bars and advice over ours."""
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def fetch(checkpoint: str, half: bool) -> Path:
    """The local folder of a diffusers checkpoint: `checkpoint` itself, or the hub's snapshot of that id.

    A half-precision run asks the hub for the smaller `fp16` files and takes the others where there are none.
    Raises CMCError when neither exists.
    """
    advice = "give the folder of a downloaded checkpoint, in diffusers' format, with --model_dir"
    return local_folder(checkpoint, advice, ["model_index.json"], _download_half if half else _download)


def _download(checkpoint: str, variant: str | None = None) -> str:
    from diffusers import DiffusionPipeline

    return DiffusionPipeline.download(checkpoint, variant=variant)


def _download_half(checkpoint: str) -> str:
    try:
        return _download(checkpoint, "fp16")
    except (OSError, ValueError):  # there are no such files, or nothing at all
        return _download(checkpoint)


def load_components(folder: Path, dtype: "torch.dtype", leave_out: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """(networks by component name, "what was loaded" by component name) of a folder in diffusers' format.

    Raises CMCError when a weight is missing, left over or of another shape.
    """
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    networks, formats = {}, {}
    for name, spec in index.items():
        if not isinstance(spec, list) or not spec[0] or name in leave_out:
            continue
        kind = _find_class(*spec)
        if isinstance(kind, type) and issubclass(kind, torch.nn.Module):
            networks[name], formats[name] = load_network(kind, folder, name, dtype)
    return networks, formats


def _find_class(library: str, name: str) -> Any:
    parent = library if library in ("diffusers", "transformers") else f"diffusers.pipelines.{library}"
    return getattr(importlib.import_module(parent), name, None)


def load_network(kind: Any, folder: Path, name: str, dtype: "torch.dtype") -> tuple[Any, str]:
    """(network, "what was loaded") of the class `kind` from the subfolder `name`. Raises CMCError as above."""
    files = [path.name for path in (folder / name).iterdir()] if (folder / name).is_dir() else []
    halves = [file for file in files if ".fp16." in file]
    safe = any(file.endswith(".safetensors") for file in halves or files)
    options: dict[str, Any] = {"dtype": dtype, "use_safetensors": safe, "variant": "fp16" if halves else None}
    options |= {"local_files_only": True, "output_loading_info": True}
    try:
        network, info = kind.from_pretrained(folder, subfolder=name, **options)
    except Exception as error:  # each library raises its own kinds on a damaged file
        raise CMCError(f"{folder / name} cannot be loaded ({reason(error)}); download the checkpoint again") from error
    check_checkpoint(folder / name, from_loading_info(info))
    return network.eval(), f"{'fp16' if halves else 'full'} {'safetensors' if safe else 'bin'}"
