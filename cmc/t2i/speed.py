"""What makes a pipeline of diffusers faster or smaller, if a user asks for it: one table of flags, applied once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.facts import Option, one_of
from cmc.core.faults import faults_told
from cmc.t2i.attention import use_attention
from cmc.t2i.compiled import compile_blocks
from cmc.t2i.denoiser import denoiser_of, repeated_blocks
from cmc.t2i.placement import OFFLOADS, fit_vae, place
from cmc.t2i.quantize import FORMATS, quantize

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

FIRST_BLOCK = "first-block"

SPEED_OPTIONS = {
    "compile": Option(bool, "torch.compile the denoiser's blocks: a minute a size of batch first", inexact=True),
    "quantize": Option(one_of(*FORMATS), "the denoiser's weights in fewer bits: fp8, int8 or nf4", inexact=True),
    "cache": Option(one_of(FIRST_BLOCK), "first-block: leave out steps that hardly change anything", inexact=True),
    "cache_threshold": Option(
        float, "how much the first block may change, as a share, for a step to be left out (0.05)", inexact=True
    ),
    "attention": Option(str, "diffusers' name of an attention backend: flash, sage, _native_cudnn, …", inexact=True),
    "offload": Option(one_of(*OFFLOADS), "GPU memory for one model, or for single layers, at a time", False),
    "tiling": Option(bool, "encode and decode large pictures in tiles: less memory, faint seams", inexact=True),
}


@dataclass(frozen=True)
class Speed:
    """The values of SPEED_OPTIONS; "", False and None where they were not given."""

    compile: bool = False
    quantize: str = ""
    cache: str = ""
    cache_threshold: float | None = None
    attention: str = ""
    offload: str = ""
    tiling: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Speed":
        """From the options given. Raises CMCError for those that do not go together, and for a threshold of 0."""
        speed = cls(**options)
        threshold = speed.cache_threshold
        if threshold is not None and (not speed.cache or not threshold > 0):
            raise CMCError(f"--cache_threshold {threshold}: expected a number over 0, and --cache beside it")
        if speed.offload == "layers" and (speed.compile or speed.quantize):
            flag = "--compile" if speed.compile else "--quantize"
            raise CMCError(f"--offload layers does not go together with {flag}; take --offload model")
        return speed

    def fit(self, pipeline: "DiffusionPipeline", device: "torch.device") -> None:
        """Change a loaded pipeline accordingly, and move it to its device.

        Raises CMCError for what its denoiser, the device or the installation lacks.
        """
        denoiser = denoiser_of(pipeline)
        if self.quantize:
            quantize(repeated_blocks(denoiser, "--quantize"), self.quantize, device)
        if self.cache:
            _cache_first_block(denoiser, self.cache_threshold)
        if self.attention:
            use_attention(denoiser, self.attention, device)
        if self.compile:
            compile_blocks(repeated_blocks(denoiser, "--compile"), device)
        fit_vae(pipeline.vae, device, self.tiling)
        place(pipeline, device, self.offload)


def _cache_first_block(denoiser: Any, threshold: float | None) -> None:
    """First-block caching (ParaAttention): where the first block changes little from one step to the next, what the
    others changed in the step before is taken again."""
    from diffusers import CacheMixin, FirstBlockCacheConfig

    if not isinstance(denoiser, CacheMixin):
        kind = type(denoiser).__name__
        raise CMCError(f"--cache {FIRST_BLOCK}: {kind} has no such cache, FLUX and Qwen-Image have; leave it out")
    with faults_told(f"--cache {FIRST_BLOCK}"):
        denoiser.enable_cache(FirstBlockCacheConfig() if threshold is None else FirstBlockCacheConfig(threshold))


@contextmanager
def one_call(pipeline: "DiffusionPipeline") -> Iterator[None]:
    """Inside, a pipeline is called once, and what its denoiser caches, if it does, is of this call."""
    denoiser = denoiser_of(pipeline)
    if not getattr(denoiser, "is_cache_enabled", False):
        yield
        return
    denoiser._reset_stateful_cache()  # a call that failed leaves its own
    with denoiser.cache_context("cond"):  # some pipelines of image to image name none
        yield
