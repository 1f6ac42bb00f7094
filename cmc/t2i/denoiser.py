"""The network of a pipeline that takes nearly all of its time, and the blocks that it repeats."""

from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline
    from torch import nn


def denoiser_of(pipeline: "DiffusionPipeline") -> Any:
    """A pipeline's transformer or UNet, a model of diffusers."""
    return getattr(pipeline, "transformer", None) or pipeline.unet


def repeated_blocks(denoiser: "nn.Module", flag: str) -> "list[nn.Module]":
    """Its blocks of the classes that diffusers names as those it repeats.

    Raises CMCError, for an option's `flag`, for a denoiser of which none are named.
    """
    # Some state the same blocks only as what may not be split over devices.
    unsplit = [name for name in getattr(denoiser, "_no_split_modules", None) or [] if name.endswith("Block")]
    names = getattr(denoiser, "_repeated_blocks", None) or unsplit
    blocks = [module for module in denoiser.modules() if type(module).__name__ in names]
    if not blocks:
        raise CMCError(f"{flag}: diffusers names no repeated blocks of {type(denoiser).__name__}; leave it out")
    return blocks
