"""PASD from the reference to the colour fix (arXiv 2308.14469, section 3)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, UniPCMultistepScheduler
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.restorers.colour_fix import wavelet_colour_fix
from cmc.t2i.restorers.pasd_networks import PixelAwareUNet, build_pixel_aware_unet, build_pixel_controlnet
from cmc.t2i.restorers.pasd_releases import GUIDANCE_SCALE, NEGATIVE_PROMPT, PROMPT_SUFFIX
from cmc.t2i.restorers.restorer import Embeddings, Restorer, controlled
from cmc.t2i.restorers.schedulers import run_scheduler
from cmc.t2i.restorers.stable_diffusion import move_to
from cmc.t2i.restorers.tensors import Noise, enlarged, pad, resized
from cmc.t2i.restorers.text_encoder import TextEncoder, load_tokenizer
from cmc.t2i.restorers.tiled_vae import TiledVAE
from cmc.t2i.restorers.tiles import Tile
from cmc.weights.diffusers_folder import load_components, read_network

# The noised latent is noised once more, to this training step, as released.
NOISED_AGAIN = 900


@dataclass(frozen=True)
class PASDNetworks:
    """UNet and ControlNet of one release over Stable Diffusion 1.5's autoencoder and text encoder.

    schedule: the configuration of Stable Diffusion's scheduler.
    """

    unet: PixelAwareUNet
    control: ControlNetModel
    vae: AutoencoderKL
    text_encoder: TextEncoder
    schedule: dict[str, Any]


class PASD(Restorer):
    """One release, full or light."""

    tile = Tile(320, 312)
    short_edge = 768

    def __init__(self, networks: PASDNetworks, device: torch.device, about: dict[str, Any]) -> None:
        super().__init__(TiledVAE(networks.vae), networks.text_encoder, device, about)
        self._schedule = networks.schedule
        self._network = controlled(networks.unet, networks.control)

    def scheduler(self, steps: int) -> UniPCMultistepScheduler:
        scheduler = UniPCMultistepScheduler.from_config(self._schedule)
        scheduler.set_timesteps(steps)
        return scheduler

    def restore(self, images: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        seen = enlarged(images, self.short_edge)
        padded = pad(seen, 8 * self.vae.factor, "replicate")
        scheduler = self.scheduler(sampling.steps)
        scale = GUIDANCE_SCALE if sampling.guidance_scale is None else sampling.guidance_scale
        start = self._start(padded, noise, scheduler)
        denoise = self.denoiser(self._network, padded, self._embed(prompts), lambda _: scale)
        latent = run_scheduler(scheduler, start, denoise, noise.generators)
        decoded = self.vae.decode(latent)[..., : seen.shape[2], : seen.shape[3]]
        return resized(wavelet_colour_fix(decoded, seen), (images.shape[2], images.shape[3]))

    def _embed(self, prompts: list[str]) -> Embeddings:
        wanted = [f"{prompt}, {PROMPT_SUFFIX}" if prompt else PROMPT_SUFFIX for prompt in prompts]
        return self.text_encoder(wanted), self.text_encoder([NEGATIVE_PROMPT] * len(prompts))

    def _start(self, images: Tensor, noise: Noise, scheduler: UniPCMultistepScheduler) -> Tensor:
        latent = self.vae.sample(images, noise)
        for timestep in (int(scheduler.timesteps[0]), NOISED_AGAIN):
            latent = scheduler.add_noise(latent, noise(latent), torch.tensor([timestep]))
        return latent


def load_pasd(folder: Path, base: str, base_folder: Path, device: torch.device, dtype: torch.dtype) -> PASD:
    """The decoder from PASD's folder and Stable Diffusion's, which is called `base`.

    Raises CMCError when one is missing, damaged or another's.
    """
    networks = _load_networks(folder, base_folder, dtype)
    move_to(device, dtype, networks.unet, networks.control, networks.vae, networks.text_encoder.network)
    about = {
        "checkpoint": str(folder),
        "variant": "light" if networks.unet.light else "full",
        "base": base,
        "scheduler": "UniPCMultistepScheduler",
        "guidance_scale_default": GUIDANCE_SCALE,
        "prompt_suffix": PROMPT_SUFFIX,
        "negative_prompt": NEGATIVE_PROMPT,
    }
    return PASD(networks, device, about)


def _load_networks(folder: Path, base_folder: Path, dtype: torch.dtype) -> PASDNetworks:
    unet = build_pixel_aware_unet(*read_network(folder / "unet"))
    control = build_pixel_controlnet(*read_network(folder / "controlnet"))
    components, _ = load_components(base_folder, dtype, {"unet", "safety_checker", "feature_extractor"})
    tokenizer = load_tokenizer(base_folder)
    return PASDNetworks(
        unet=unet,
        control=control,
        vae=components["vae"],
        text_encoder=TextEncoder(tokenizer, components["text_encoder"], open_clip=False),
        schedule=UniPCMultistepScheduler.load_config(base_folder, subfolder="scheduler", local_files_only=True),
    )
