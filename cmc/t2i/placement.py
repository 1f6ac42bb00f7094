"""Where the networks of a pipeline lie, and how its VAE gets by with the memory that is left."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.faults import faults_told

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

Call = Callable[..., Any]


def place(pipeline: "DiffusionPipeline", device: "torch.device", offload: str) -> None:
    """Move a pipeline to its device, or with `offload` (of OFFLOADS) in parts, as they are needed.

    Raises CMCError on a CPU, which has one memory alone.
    """
    if not offload:
        pipeline.to(device)
    elif device.type == "cpu":
        raise CMCError("--offload keeps in main memory what a GPU need not hold, and the device is a CPU; leave it out")
    else:
        with faults_told(f"--offload {offload}"):
            OFFLOADS[offload](pipeline, device)


def _by_model(pipeline: "DiffusionPipeline", device: "torch.device") -> None:
    pipeline.enable_model_cpu_offload(device=device)


def _by_layer(pipeline: "DiffusionPipeline", device: "torch.device") -> None:
    # Offloaded layers keep the number format that they were loaded in, and the VAE may have to change its own.
    pipeline.enable_group_offload(device, offload_type="leaf_level", use_stream=True, exclude_modules="vae")


OFFLOADS = {"model": _by_model, "layers": _by_layer}


def fit_vae(vae: Any, device: "torch.device", tiling: bool) -> None:
    """Have a VAE take tiles where asked to; on an NVIDIA GPU, whole batches and the layout of its fast convolutions."""
    import torch

    if tiling:
        vae.enable_tiling()
    if device.type == "cuda":
        if all(weight.dim() <= 4 for weight in vae.parameters()):  # that of videos' has no such layout
            vae.to(memory_format=torch.channels_last)
        take_batches(vae)


def take_batches(vae: Any) -> None:
    """Let a VAE take a batch whole, and picture by picture from when the memory does not suffice for that."""
    vae.disable_slicing()
    vae.encode, vae.decode = _or_sliced(vae, vae.encode), _or_sliced(vae, vae.decode)


def _or_sliced(vae: Any, call: Call) -> Call:
    import torch

    def wrapped(batch: "torch.Tensor", *args: object, **options: object) -> object:
        try:
            return call(batch, *args, **options)
        except torch.OutOfMemoryError:
            if vae.use_slicing or len(batch) == 1:
                raise
        torch.cuda.empty_cache()
        vae.enable_slicing()
        return call(batch, *args, **options)

    return wrapped
