"""StableSR from the reference to the colour fix (arXiv 2305.07015, section 3)."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.restorers import ldm, stable_diffusion, stablesr_networks, stablesr_vae
from cmc.t2i.restorers.colour_fix import adain_color_fix
from cmc.t2i.restorers.restorer import Restorer
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm
from cmc.t2i.restorers.tensors import Noise, at_least, pad, resized
from cmc.t2i.restorers.tiled_vae import Latents
from cmc.t2i.restorers.tiles import Tile, blend
from cmc.t2i.stablesr import Version
from cmc.weights.checkpoint import read_checkpoint, take_prefix

STRUCT = "structcond_stage_model."
# The adversary and the perceptual loss that the decoder was trained against.
_TRAINING_ONLY = "loss."


class StableSR(Restorer):
    """UNet, time-aware encoder and feature-wrapping autoencoder of one release; prompts stay empty, as in training."""

    tile = Tile(64, 32)
    short_edge = 512

    def __init__(
        self, version: Version, networks: tuple[Any, Any], wrapping: Any, fidelity: float, **shared: Any
    ) -> None:
        """networks: (UNet, time-aware encoder); wrapping: the autoencoder that paints."""
        super().__init__(**shared)
        self._prediction, self._fidelity = version.prediction, fidelity
        self._unet, self._struct = networks
        self._wrapping = Latents(wrapping)

    def restore(self, planes: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        seen = at_least(planes, self.short_edge)
        padded = pad(seen, 32, "reflect")
        latent = self.latents.draw(padded, noise)
        empty = self.words([""] * len(prompts))
        scheduler = spaced_ddpm(sampling.steps, self._prediction)
        start = scheduler.add_noise(latent, noise(latent), scheduler.timesteps[:1])
        denoise = self.denoise(self._network, latent, (empty, empty), lambda _: 1)
        clean = run_scheduler(scheduler, start, denoise, noise.generators)
        painted = adain_color_fix(self._paint(clean, padded), padded * 2 - 1) / 2 + 0.5
        return resized(painted[..., : seen.shape[2], : seen.shape[3]], (planes.shape[2], planes.shape[3]))

    def _network(self, x: Tensor, timestep: int, latent: Tensor, text: Tensor) -> Tensor:
        dtype = self._unet.dtype
        times = torch.full((len(x),), timestep, device=x.device)
        struct = self._struct(latent.to(dtype), times)
        return self._unet(x.to(dtype), times, text.to(dtype), struct=struct, return_dict=False)[0]

    def _paint(self, latent: Tensor, image: Tensor) -> Tensor:
        """Pictures in about [-1, 1]: the decoder, corrected by what the encoder sees in the reference."""
        vae, factor = self._wrapping.vae, self._wrapping.factor
        z, x = (latent / self._wrapping.scale).to(vae.dtype), (image * 2 - 1).to(vae.dtype)

        def paint(part: Any) -> Tensor:
            return vae.paint(part.crop(z), vae.observe(part.crop(x, factor))[1], self._fidelity)

        return blend((z.shape[2], z.shape[3]), self._wrapping.tile, paint, factor).float()

    def full_precision(self) -> Any:
        """Both autoencoders in fp32."""
        import contextlib

        stack = contextlib.ExitStack()
        for latents in (self.latents, self._wrapping):
            stack.enter_context(latents.full_precision())
        return stack


def load(
    folder: Path,
    version: Version,
    decoder: str,
    sources: dict[str, str],
    licence: str,
    device: Any,
    dtype: Any,
    *,
    head_width: int,
    fidelity: float,
) -> StableSR:
    """The decoder from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
    file, wrapping_file = folder / version.file, stable_diffusion.find(folder, decoder, sources)
    state = read_checkpoint(file)
    stable_diffusion.known(state, file, STRUCT)
    unet = stablesr_networks.unet(take_prefix(state, stable_diffusion.UNET, file), file, head_width)
    struct = stablesr_networks.struct_encoder(take_prefix(state, STRUCT, file), file)
    vae = ldm.vae(take_prefix(state, stable_diffusion.VAE, file), file)
    words = stable_diffusion.words(state, file, head_width)
    painting = read_checkpoint(wrapping_file)
    used = {name: value for name, value in painting.items() if not name.startswith(_TRAINING_ONLY)}
    wrapping = stablesr_vae.vae(used, wrapping_file)
    stable_diffusion.to(device, dtype, unet, struct, vae, words.encoder, wrapping)
    about = {
        "checkpoint": str(folder),
        "variant": version.name,
        "licence": licence,
        "steps_released": version.steps,
        "fidelity": fidelity,
    }
    shared = {"latents": Latents(vae), "words": words, "device": device, "about": about}
    return StableSR(version, (unet, struct), wrapping, fidelity, **shared)
