"""StableSR from the reference to the colour fix (arXiv 2305.07015, section 3)."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDPMScheduler
from torch import Tensor

from cmc.t2i.base import Sampling
from cmc.t2i.restorers.colour_fix import adain_colour_fix
from cmc.t2i.restorers.ldm import build_vae
from cmc.t2i.restorers.released_files import find_file, pick_release
from cmc.t2i.restorers.restorer import Restorer
from cmc.t2i.restorers.schedulers import run_scheduler, spaced_ddpm
from cmc.t2i.restorers.stable_diffusion import UNET, VAE, check_parts, load_text_encoder, move_to
from cmc.t2i.restorers.stablesr_networks import SpadeUNet, build_spade_unet
from cmc.t2i.restorers.stablesr_releases import AUTOENCODER, LICENCE, RELEASES, SOURCES, StableSRRelease
from cmc.t2i.restorers.stablesr_struct_encoder import StructEncoder, build_struct_encoder
from cmc.t2i.restorers.stablesr_vae import FeatureWrappingVAE, build_wrapping_vae
from cmc.t2i.restorers.tensors import Noise, enlarged, pad, resized
from cmc.t2i.restorers.text_encoder import TextEncoder
from cmc.t2i.restorers.tiled_vae import TiledVAE
from cmc.t2i.restorers.tiles import Tile, Window, blend
from cmc.weights.checkpoint import read_checkpoint, take_prefix

STRUCT = "structcond_stage_model."
# The adversary and the perceptual loss that the decoder was trained against.
_TRAINING_ONLY = "loss."


@dataclass(frozen=True)
class StableSRNetworks:
    """All of one release: `vae` encodes, `wrapping_vae` decodes."""

    unet: SpadeUNet
    struct_encoder: StructEncoder
    vae: AutoencoderKL
    wrapping_vae: FeatureWrappingVAE
    text_encoder: TextEncoder


class StableSR(Restorer):
    """One release; prompts stay empty, as in training. fidelity: weight of the reference's features, 0 to 1."""

    tile = Tile(64, 32)
    short_edge = 512

    def __init__(
        self,
        release: StableSRRelease,
        networks: StableSRNetworks,
        device: torch.device,
        about: dict[str, Any],
        fidelity: float,
    ) -> None:
        super().__init__(TiledVAE(networks.vae), networks.text_encoder, device, about)
        self._prediction, self._fidelity = release.prediction, fidelity
        self._unet, self._struct_encoder = networks.unet, networks.struct_encoder
        self._wrapping_vae = TiledVAE(networks.wrapping_vae)

    def scheduler(self, steps: int) -> DDPMScheduler:
        return spaced_ddpm(steps, self._prediction)

    def restore(self, images: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        seen = enlarged(images, self.short_edge)
        padded = pad(seen, 32, "reflect")
        latent = self.vae.sample(padded, noise)
        empty = self.text_encoder([""] * len(prompts))
        scheduler = self.scheduler(sampling.steps)
        start = scheduler.add_noise(latent, noise(latent), scheduler.timesteps[:1])
        denoise = self.denoiser(self._network, latent, (empty, empty), lambda _: 1)
        clean = run_scheduler(scheduler, start, denoise, noise.generators)
        decoded = adain_colour_fix(self._decode(clean, padded), padded * 2 - 1) / 2 + 0.5
        return resized(decoded[..., : seen.shape[2], : seen.shape[3]], (images.shape[2], images.shape[3]))

    def _network(self, x: Tensor, timestep: int, latent: Tensor, text: Tensor) -> Tensor:
        dtype = self._unet.dtype
        times = torch.full((len(x),), timestep, device=x.device)
        struct = self._struct_encoder(latent.to(dtype), times)
        return self._unet(x.to(dtype), times, text.to(dtype), struct=struct, return_dict=False)[0]

    def _decode(self, latent: Tensor, images: Tensor) -> Tensor:
        """Pictures in about [-1, 1]: the decoder, corrected by what the encoder sees in the reference."""
        vae, factor = self._wrapping_vae.network, self._wrapping_vae.factor
        z, x = (latent / self._wrapping_vae.scale).to(vae.dtype), (images * 2 - 1).to(vae.dtype)

        def decode_tile(window: Window) -> Tensor:
            _, features = vae.encode_with_features(window.crop(x, factor))
            return vae.decode_with_features(window.crop(z), features, self._fidelity)

        return blend((z.shape[2], z.shape[3]), self._wrapping_vae.tile, decode_tile, factor).float()

    @contextlib.contextmanager
    def full_precision(self) -> Iterator[None]:
        """Both autoencoders in fp32."""
        with self.vae.full_precision(), self._wrapping_vae.full_precision():
            yield


def load_stablesr(
    folder: Path,
    variant: str | None,
    device: torch.device,
    dtype: torch.dtype,
    head_width: int,
    fidelity: float,
) -> StableSR:
    """The decoder from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
    release = pick_release("stablesr", folder, variant, RELEASES, SOURCES)
    networks = _load_networks(folder / release.file, find_file(folder, AUTOENCODER, SOURCES), head_width)
    move_to(device, dtype, networks.unet, networks.struct_encoder, networks.vae, networks.wrapping_vae)
    move_to(device, dtype, networks.text_encoder.network)
    about = {
        "checkpoint": str(folder),
        "variant": release.name,
        "licence": LICENCE,
        "steps_released": release.steps,
        "fidelity": fidelity,
    }
    return StableSR(release, networks, device, about, fidelity)


def _load_networks(file: Path, wrapping_file: Path, head_width: int) -> StableSRNetworks:
    state = read_checkpoint(file)
    check_parts(state, file, STRUCT)
    wrapping = {
        name: value for name, value in read_checkpoint(wrapping_file).items() if not name.startswith(_TRAINING_ONLY)
    }
    return StableSRNetworks(
        unet=build_spade_unet(take_prefix(state, UNET, file), file, head_width),
        struct_encoder=build_struct_encoder(take_prefix(state, STRUCT, file), file),
        vae=build_vae(take_prefix(state, VAE, file), file),
        wrapping_vae=build_wrapping_vae(wrapping, wrapping_file),
        text_encoder=load_text_encoder(state, file, head_width),
    )
