"""DiffBIR from stage 1 to the colour fix (arXiv 2308.15070, section 3)."""

import math
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.diffbir import Version
from cmc.t2i.restorers import ldm, stable_diffusion
from cmc.t2i.restorers.colour_fix import wavelet_color_fix
from cmc.t2i.restorers.degradation_removal import Cleaner
from cmc.t2i.restorers.restorer import Restorer
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm, zero_snr_dpm
from cmc.t2i.restorers.tensors import Noise, at_least, pad, resized
from cmc.t2i.restorers.text_encoder import Words
from cmc.t2i.restorers.tiled_vae import Latents
from cmc.t2i.restorers.tiles import Tile
from cmc.weights.checkpoint import State, read_checkpoint, take_prefix

_WHOLE = ("control_model.", "cond_encoder.", "preprocess_model.")


class DiffBIR(Restorer):
    """Cleaner, ControlNet and UNet of one release; `condition` is the autoencoder that the ControlNet looks through."""

    tile = Tile(64, 32)
    short_edge = 512
    rescale_guidance = False

    def __init__(
        self,
        version: Version,
        networks: tuple[Cleaner, Any, Any],
        condition: Latents,
        latents: Latents,
        words: Words,
        device: Any,
        about: dict[str, Any],
    ) -> None:
        super().__init__(latents, words, device, about)
        self._version, self._condition = version, condition
        self._cleaner, self._control, self._unet = networks

    def restore(self, planes: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        cleaned = self._cleaner(at_least(planes, self.short_edge))
        condition = self._condition.mode(pad(cleaned, 64))
        wanted = prompts if self._version.reads_prompt else [""] * len(prompts)
        texts = self.words(wanted), self.words([self._version.negative_prompt] * len(prompts))
        given = sampling.guidance_scale
        scale = self._version.guidance_scale if given is None else given
        guidance = (lambda t: rescaled_guidance(scale, t)) if self.rescale_guidance else (lambda _: scale)
        denoise = self.denoise(self._network, condition, texts, guidance)
        latent = run_scheduler(self._scheduler(sampling.steps), noise(condition), denoise, noise.generators)
        painted = self.latents.decode(latent)[..., : cleaned.shape[2], : cleaned.shape[3]]
        return resized(wavelet_color_fix(painted, cleaned), (planes.shape[2], planes.shape[3]))

    def _network(self, x: Tensor, timestep: int, condition: Tensor, text: Tensor) -> Tensor:
        dtype = self._unet.dtype
        inputs = x.to(dtype), torch.tensor([timestep], device=x.device), text.to(dtype)
        down, mid = self._control(*inputs, controlnet_cond=condition.to(dtype), return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
        return self._unet(*inputs, **residuals, return_dict=False)[0]

    def _scheduler(self, steps: int) -> DDPMScheduler | DPMSolverMultistepScheduler:
        return zero_snr_dpm(steps) if self._version.prediction == "v_prediction" else spaced_ddpm(steps)


def rescaled_guidance(scale: float, timestep: int) -> float:
    """Guidance that grows from 1 in noise to 1 + `scale` at the end; none stays none."""
    if scale <= 1:
        return scale
    done = (1000 - timestep) / 1000
    return 1 + scale * (1 - math.cos(math.pi * done**5)) / 2


def load(folder: Path, version: Version, sources: dict[str, str], device: Any, dtype: Any, head_width: int) -> DiffBIR:
    """The decoder from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
    control_file = folder / version.control
    base_file = stable_diffusion.find(folder, version.base, sources) if version.base else control_file
    base = read_checkpoint(base_file)
    stable_diffusion.known(base, base_file, *(() if version.base else _WHOLE))
    if version.base:
        control_state = read_checkpoint(control_file)
        there = [name for name in version.cleaners if (folder / name).is_file()]
        cleaner_file = stable_diffusion.find(folder, [*there, version.cleaners[0]][0], sources)
        cleaner_state = read_checkpoint(cleaner_file)
    else:
        cleaner_file = control_file
        control_state, cleaner_state = (take_prefix(base, prefix, base_file) for prefix in (_WHOLE[0], _WHOLE[2]))
    control = ldm.controlnet(control_state, control_file, head_width)
    unet = ldm.unet(take_prefix(base, stable_diffusion.UNET, base_file), base_file, head_width)
    vae_state = take_prefix(base, stable_diffusion.VAE, base_file)
    vae = ldm.vae(vae_state, base_file)
    condition = vae if version.base else ldm.vae(_condition_vae(base, vae_state, base_file), base_file)
    words = stable_diffusion.words(base, base_file, head_width)
    stable_diffusion.to(device, dtype, control, unet, vae, condition, words.encoder)
    cleaner = Cleaner(cleaner_state, cleaner_file, device)
    about = {
        "checkpoint": str(folder),
        "variant": version.name,
        "stage1": cleaner.name,
        "guidance_scale_default": version.guidance_scale,
        "negative_prompt": version.negative_prompt,
        "reads_prompt": version.reads_prompt,
    }
    return DiffBIR(version, (cleaner, control, unet), Latents(condition), Latents(vae), words, device, about)


def _condition_vae(state: State, vae: State, where: Path) -> State:
    """The encoder that v1 trained for the condition, with the decoder of the other to make it whole."""
    own = take_prefix(state, _WHOLE[1], where)
    return {name: value for name, value in vae.items() if not name.startswith(("encoder.", "quant_conv."))} | own
