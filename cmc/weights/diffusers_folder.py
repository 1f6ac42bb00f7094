"""Loading a diffusers checkpoint so that every weight finds its place, and saying what was loaded."""

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, reason
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
    folder = Path(checkpoint)
    if folder.is_dir():
        if not (folder / "model_index.json").is_file():
            raise CMCError(f"{folder} has no model_index.json; --model_dir must be a folder in diffusers' format")
        return folder
    from diffusers import DiffusionPipeline

    why = ""
    for variant in ["fp16", None] if half else [None]:
        try:
            return Path(DiffusionPipeline.download(checkpoint, variant=variant))
        except (OSError, ValueError) as error:
            why = reason(error)
    raise CMCError(f"cannot fetch {checkpoint!r} ({why}); give the folder of a downloaded checkpoint with --model_dir")


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
