"""Which device and number format to compute in."""

from typing import TYPE_CHECKING

from cmc.core.errors import CMCError, reason

if TYPE_CHECKING:
    import torch

DTYPE_NAMES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def pick_device(name: str) -> "torch.device":
    """`auto` is the first of cuda, mps, cpu that is there. Raises CMCError for one that is not."""
    import torch

    if name == "auto":
        name = _fastest_device()
    try:
        torch.empty(0, device=name)
        return torch.device(name)
    # AssertionError is how a torch that was built without CUDA says so.
    except (RuntimeError, AssertionError) as error:
        raise CMCError(
            f"--device {name} cannot be used here ({reason(error)}); leave it out to take what is there"
        ) from error


def _fastest_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def pick_dtype(name: str, device: "torch.device", half: str = "fp16") -> "torch.dtype":
    """`auto` is `half` on a GPU and fp32 on a CPU, which computes halves slowly and some layers not at all."""
    import torch

    if name == "auto":
        name = "fp32" if device.type == "cpu" else half
    return getattr(torch, DTYPE_NAMES[name])
