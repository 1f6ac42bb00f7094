"""DiffBIR's networks from its released files: all in one, or a ControlNet beside Stable Diffusion and stage 1."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel

from cmc.t2i.restorers import ldm, stable_diffusion
from cmc.t2i.restorers.degradation_removal import DegradationRemoval
from cmc.t2i.restorers.diffbir_releases import SOURCES, DiffBIRRelease
from cmc.t2i.restorers.released_files import find_file
from cmc.t2i.restorers.text_encoder import TextEncoder
from cmc.weights.checkpoint import State, read_checkpoint, take_prefix

# The parts of a file that holds everything, beside those of Stable Diffusion.
CONTROL, CONDITION_ENCODER, DEGRADATION_REMOVAL = "control_model.", "cond_encoder.", "preprocess_model."


@dataclass(frozen=True)
class DiffBIRNetworks:
    """All of one release; `condition_vae` is the autoencoder that the ControlNet looks through."""

    degradation_removal: DegradationRemoval
    control: ControlNetModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    condition_vae: AutoencoderKL
    text_encoder: TextEncoder


@dataclass(frozen=True)
class _Parts:
    """Weights, each with the file that they are from; `condition_encoder`: None where it is the base's."""

    base: tuple[State, Path]
    control: tuple[State, Path]
    degradation_removal: tuple[State, Path]
    condition_encoder: State | None = None


def load_networks(
    folder: Path, release: DiffBIRRelease, device: torch.device, dtype: torch.dtype, head_width: int
) -> DiffBIRNetworks:
    """The networks from a folder of released files. Raises CMCError when one is missing, damaged or another's."""
    if release.base is None:
        parts = _read_one_file(folder / release.file)
    else:
        parts = _read_files(folder, release, release.base)
    base, base_file = parts.base
    vae_state = take_prefix(base, stable_diffusion.VAE, base_file)
    control = ldm.build_controlnet(*parts.control, head_width)
    unet = ldm.build_unet(take_prefix(base, stable_diffusion.UNET, base_file), base_file, head_width)
    vae = condition_vae = ldm.build_vae(vae_state, base_file)
    if parts.condition_encoder is not None:
        condition_vae = ldm.build_vae(_with_encoder(vae_state, parts.condition_encoder), base_file)
    text_encoder = stable_diffusion.load_text_encoder(base, base_file, head_width)
    stable_diffusion.move_to(device, dtype, control, unet, vae, condition_vae, text_encoder.network)
    degradation_removal = DegradationRemoval(*parts.degradation_removal, device)
    return DiffBIRNetworks(degradation_removal, control, unet, vae, condition_vae, text_encoder)


def _read_one_file(file: Path) -> _Parts:
    state = read_checkpoint(file)
    stable_diffusion.check_parts(state, file, CONTROL, CONDITION_ENCODER, DEGRADATION_REMOVAL)
    return _Parts(
        base=(state, file),
        control=(take_prefix(state, CONTROL, file), file),
        degradation_removal=(take_prefix(state, DEGRADATION_REMOVAL, file), file),
        condition_encoder=take_prefix(state, CONDITION_ENCODER, file),
    )


def _read_files(folder: Path, release: DiffBIRRelease, base: str) -> _Parts:
    base_file = find_file(folder, base, SOURCES)
    base_state = read_checkpoint(base_file)
    stable_diffusion.check_parts(base_state, base_file)
    control_file = folder / release.file
    choice = release.degradation_removal
    removal = next((name for name in choice if (folder / name).is_file()), choice[0])
    removal_file = find_file(folder, removal, SOURCES)
    return _Parts(
        base=(base_state, base_file),
        control=(read_checkpoint(control_file), control_file),
        degradation_removal=(read_checkpoint(removal_file), removal_file),
    )


def _with_encoder(vae: State, encoder: State) -> State:
    """The encoder that v1 trained for the condition, with the decoder of the other to make it whole."""
    return {name: value for name, value in vae.items() if not name.startswith(("encoder.", "quant_conv."))} | encoder
