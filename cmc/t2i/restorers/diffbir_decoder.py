"""DiffBIR from stage 1 to the colour fix (arXiv 2308.15070, section 3)."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import torch
from diffusers.schedulers.scheduling_utils import SchedulerMixin
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.restorers.colour_fix import wavelet_colour_fix
from cmc.t2i.restorers.diffbir_networks import DiffBIRNetworks, load_networks
from cmc.t2i.restorers.diffbir_releases import RELEASES, SOURCES, DiffBIRRelease
from cmc.t2i.restorers.latent_mixing import kept_outside
from cmc.t2i.restorers.released_files import pick_release
from cmc.t2i.restorers.restorer import Embeddings, Restorer, controlled
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm, zero_snr_dpm
from cmc.t2i.restorers.tensors import Noise, enlarged, pad, resized
from cmc.t2i.restorers.tiled_vae import TiledVAE
from cmc.t2i.restorers.tiles import Tile


class DiffBIR(Restorer):
    """One release; `rescale_guidance`: let guidance grow from 1 in noise to one more than its scale."""

    tile = Tile(64, 32)
    short_edge = 512

    def __init__(
        self,
        release: DiffBIRRelease,
        networks: DiffBIRNetworks,
        device: torch.device,
        about: dict[str, Any],
        rescale_guidance: bool,
    ) -> None:
        super().__init__(TiledVAE(networks.vae), networks.text_encoder, device, about)
        self._release, self._rescale_guidance = release, rescale_guidance
        self._degradation_removal = networks.degradation_removal
        self._condition_vae = TiledVAE(networks.condition_vae)
        self._network = controlled(networks.unet, networks.control)

    @classmethod
    def of_release(
        cls,
        folder: Path,
        release: DiffBIRRelease,
        device: torch.device,
        dtype: torch.dtype,
        head_width: int,
        rescale_guidance: bool = False,
    ) -> Self:
        """One release from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
        networks = load_networks(folder, release, device, dtype, head_width)
        about = {
            "checkpoint": str(folder),
            "variant": release.name,
            "stage1": networks.degradation_removal.name,
            "guidance_scale_default": release.guidance_scale,
            "negative_prompt": release.negative_prompt,
            "reads_prompt": release.reads_prompt,
        }
        return cls(release, networks, device, about, rescale_guidance)

    def scheduler(self, steps: int) -> SchedulerMixin:
        v_prediction = self._release.prediction == "v_prediction"
        return zero_snr_dpm(steps) if v_prediction else spaced_ddpm(steps)

    def restore(
        self, images: Tensor, prompts: list[str], noise: Noise, sampling: Sampling, inside: Tensor | None = None
    ) -> Tensor:
        """inside: (batch, 1, height, width) in [0, 1]; the latent becomes the reference's own where it is 0."""
        large = enlarged(images, self.short_edge)
        cleaned = self._degradation_removal(large)
        condition = self._condition_vae.mode(pad(cleaned, 64))
        guidance = self._guidance(sampling.guidance_scale)
        denoise = self.denoiser(self._network, condition, self._embed(prompts), guidance)
        if inside is not None:
            part = pad(enlarged(inside, self.short_edge), 64, "replicate")
            denoise = kept_outside(part, self.vae.mode(pad(large, 64)), denoise)
        latent = run_scheduler(self.scheduler(sampling.steps), noise(condition), denoise, noise.generators)
        decoded = self.vae.decode(latent)[..., : cleaned.shape[2], : cleaned.shape[3]]
        return resized(wavelet_colour_fix(decoded, cleaned), (images.shape[2], images.shape[3]))

    def _embed(self, prompts: list[str]) -> Embeddings:
        wanted = prompts if self._release.reads_prompt else [""] * len(prompts)
        return self.text_encoder(wanted), self.text_encoder([self._release.negative_prompt] * len(prompts))

    def _guidance(self, asked: float | None) -> Callable[[int], float]:
        scale = self._release.guidance_scale if asked is None else asked
        return partial(rescaled_guidance, scale) if self._rescale_guidance else lambda _: scale


def rescaled_guidance(scale: float, timestep: int) -> float:
    """Guidance that grows from 1 in noise to 1 + `scale` at the end; none stays none."""
    if scale <= 1:
        return scale
    done = (1000 - timestep) / 1000
    return 1 + scale * (1 - math.cos(math.pi * done**5)) / 2


def load_diffbir(
    folder: Path,
    variant: str | None,
    device: torch.device,
    dtype: torch.dtype,
    head_width: int,
    rescale_guidance: bool,
) -> DiffBIR:
    """The decoder from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
    release = pick_release("diffbir", folder, variant, RELEASES, SOURCES)
    return DiffBIR.of_release(folder, release, device, dtype, head_width, rescale_guidance)
