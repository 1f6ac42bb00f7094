"""PASD from the reference to the colour fix (arXiv 2308.14469, section 3)."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.restorers import pasd_networks
from cmc.t2i.restorers.colour_fix import wavelet_color_fix
from cmc.t2i.restorers.restorer import Restorer
from cmc.t2i.restorers.schedulers import run_scheduler
from cmc.t2i.restorers.stable_diffusion import to
from cmc.t2i.restorers.tensors import Noise, at_least, pad, resized
from cmc.t2i.restorers.text_encoder import Words
from cmc.t2i.restorers.tiled_vae import Latents
from cmc.t2i.restorers.tiles import Tile
from cmc.weights.diffusers_folder import fetch, load_components

GUIDANCE_SCALE = 9.0
# The noised latent is noised once more, to this training step, as released.
NOISED_AGAIN = 900


class PASD(Restorer):
    """UNet and ControlNet of one release over Stable Diffusion 1.5's autoencoder and text encoder."""

    tile = Tile(320, 312)
    short_edge = 768

    def __init__(self, networks: tuple[Any, Any], schedule: Any, prompts: tuple[str, str], **shared: Any) -> None:
        """networks: (UNet, ControlNet); schedule: a scheduler's configuration; prompts: (suffix, negative)."""
        super().__init__(**shared)
        self._unet, self._control = networks
        self._schedule = schedule
        self._suffix, self._negative = prompts

    def restore(self, planes: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        from diffusers import UniPCMultistepScheduler

        seen = at_least(planes, self.short_edge)
        padded = pad(seen, 8 * self.latents.factor, "replicate")
        scheduler = UniPCMultistepScheduler.from_config(self._schedule)
        scheduler.set_timesteps(sampling.steps)
        wanted = [", ".join(part for part in (prompt, self._suffix) if part) for prompt in prompts]
        texts = self.words(wanted), self.words([self._negative] * len(prompts))
        scale = GUIDANCE_SCALE if sampling.guidance_scale is None else sampling.guidance_scale
        start = self._start(padded, noise, scheduler)
        denoise = self.denoise(self._network, padded, texts, lambda _: scale)
        latent = run_scheduler(scheduler, start, denoise, noise.generators)
        painted = self.latents.decode(latent)[..., : seen.shape[2], : seen.shape[3]]
        return resized(wavelet_color_fix(painted, seen), (planes.shape[2], planes.shape[3]))

    def _start(self, image: Tensor, noise: Noise, scheduler: Any) -> Tensor:
        latent = self.latents.draw(image, noise)
        for timestep in (int(scheduler.timesteps[0]), NOISED_AGAIN):
            latent = scheduler.add_noise(latent, noise(latent), torch.tensor([timestep]))
        return latent

    def _network(self, x: Tensor, timestep: int, image: Tensor, text: Tensor) -> Tensor:
        dtype = self._unet.dtype
        inputs = x.to(dtype), torch.tensor([timestep], device=x.device), text.to(dtype)
        down, mid = self._control(*inputs, controlnet_cond=image.to(dtype), return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
        return self._unet(*inputs, **residuals, return_dict=False)[0]


def load(folder: Path, base: str, suffix: str, negative: str, device: Any, dtype: Any) -> PASD:
    """The decoder from PASD's folder and Stable Diffusion's. Raises CMCError when one is damaged or another's."""
    unet = pasd_networks.unet(*pasd_networks.load(folder / "unet"))
    control = pasd_networks.controlnet(*pasd_networks.load(folder / "controlnet"))
    parts = fetch(base, half=dtype != torch.float32)
    networks, _ = load_components(parts, dtype, {"unet", "safety_checker", "feature_extractor"})
    from diffusers import UniPCMultistepScheduler
    from transformers import CLIPTokenizer

    schedule = UniPCMultistepScheduler.load_config(parts, subfolder="scheduler", local_files_only=True)
    tokenizer = CLIPTokenizer.from_pretrained(parts / "tokenizer")
    to(device, dtype, unet, control, networks["vae"], networks["text_encoder"])
    about = {
        "checkpoint": str(folder),
        "variant": "light" if unet.light else "full",
        "base": base,
        "scheduler": "UniPCMultistepScheduler",
        "guidance_scale_default": GUIDANCE_SCALE,
        "prompt_suffix": suffix,
        "negative_prompt": negative,
    }
    return PASD(
        (unet, control),
        schedule,
        (suffix, negative),
        latents=Latents(networks["vae"]),
        words=Words(tokenizer, networks["text_encoder"], open_clip=False),
        device=device,
        about=about,
    )
