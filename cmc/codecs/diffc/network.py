"""A diffusers checkpoint as DiffC uses it: pictures to latents and back, and the clean latents that it predicts.

All is fp32 (upstream: fp16), and prompts are followed at guidance 1, to encode as to decode (upstream decodes at its
denoising guidance, so that streams with a prompt break). Latents are the mean of the VAE's (upstream draws them,
unseeded), moved and scaled as the VAE says (upstream leaves out the shift of FLUX.1's).
"""

import math
import threading
from typing import TYPE_CHECKING

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoPipelineForText2Image, SchedulerMixin
from PIL import Image
from torch import Tensor, nn

from cmc.codecs.diffc.channel import generator
from cmc.codecs.diffc.one_call import OneCall, network_output
from cmc.codecs.diffc.predictions import FLOW, PREDICTIONS
from cmc.codecs.diffc.schedule import Schedule, flow_alphas
from cmc.codecs.learned import weights_digest
from cmc.codecs.tensors import padded, to_picture
from cmc.core.errors import CMCError
from cmc.t2i.autopipeline import assemble, multiple_of
from cmc.t2i.families import family_of
from cmc.t2i.prompt_memory import PromptMemory
from cmc.weights.diffusers_folder import fetch, load_components, quiet

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

_OMITTED = {"safety_checker", "feature_extractor", "image_encoder"}


class Model:
    """A pipeline's networks, on a device. What goes in and comes out lies on the CPU; several threads may ask.

    multiple: of the sides of pictures; weights: 4 bytes that tell them from others.
    """

    def __init__(self, pipeline: "DiffusionPipeline", device: torch.device) -> None:
        """Raises CMCError for a pipeline whose latents or noise levels are of another kind."""
        self._vae, (kind, self.schedule) = _checked_vae(pipeline), kind_and_schedule(pipeline.scheduler)
        self._prediction, self._device = PREDICTIONS[kind], device
        self.multiple = math.lcm(family_of(type(pipeline).__name__).multiple, multiple_of(pipeline))
        self.weights = _weights(pipeline)
        pipeline.scheduler = OneCall()
        self._pipeline, self._lock = PromptMemory().serve(pipeline.to(device)), threading.Lock()

    def latents(self, image: Image.Image) -> Tensor:
        """The clean latents of a picture, padded and as the network takes them."""
        with self._lock, torch.inference_mode():
            pixels = padded(image, self.multiple).to(self._device) * 2 - 1
            shift, scale = self._shift_and_scale
            return self._packed((self._vae.encode(pixels).latent_dist.mode() - shift) * scale).cpu()

    def picture(self, latents: Tensor, size: tuple[int, int]) -> Image.Image:
        """The picture of (width, height) of clean latents."""
        with self._lock, torch.inference_mode():
            shift, scale = self._shift_and_scale
            unpacked = self._unpacked(latents.to(self._device), self._whole(size))
            return to_picture(self._vae.decode(unpacked / scale + shift).sample / 2 + 0.5, size)

    def noise(self, size: tuple[int, int]) -> Tensor:
        """The latents that every stream of a size starts from."""
        width, height = (side // self._pipeline.vae_scale_factor for side in self._whole(size))
        shape = (1, self._vae.config.latent_channels, height, width)
        return self._packed(torch.randn(shape, generator=generator("start")))

    def clean(self, noisy: Tensor, level: int, prompt: str, size: tuple[int, int]) -> Tensor:
        """The clean latents predicted of noisy ones at a level, of the picture's (width, height)."""
        alpha = self.schedule.alpha(level)
        scaled = (noisy * self._prediction.scale(alpha)).to(self._device)
        with self._lock, torch.inference_mode():
            output = network_output(self._pipeline, scaled, level, prompt, self._whole(size)).cpu()
        return self._prediction.clean(noisy, output, alpha)

    def _whole(self, size: tuple[int, int]) -> tuple[int, int]:
        width, height = (-(-side // self.multiple) * self.multiple for side in size)
        return width, height

    @property
    def _shift_and_scale(self) -> tuple[float, float]:
        return self._vae.config.shift_factor or 0.0, self._vae.config.scaling_factor

    def _packed(self, latents: Tensor) -> Tensor:
        pack = getattr(self._pipeline, "_pack_latents", None)
        return pack(latents, *latents.shape) if pack else latents

    def _unpacked(self, latents: Tensor, size: tuple[int, int]) -> Tensor:
        unpack = getattr(self._pipeline, "_unpack_latents", None)
        width, height = size
        return unpack(latents, height, width, self._pipeline.vae_scale_factor) if unpack else latents


def load_model(checkpoint: str, device: torch.device) -> Model:
    """The model of a folder or hub id. Raises CMCError for one that cannot be had or is of another kind, and where a
    weight is missing, left over or of another shape."""
    folder = fetch(checkpoint, half=False)
    quiet()
    networks, _ = load_components(folder, torch.float32, _OMITTED)
    return Model(assemble(AutoPipelineForText2Image, folder, networks, _OMITTED, torch.float32), device)


def kind_and_schedule(scheduler: SchedulerMixin) -> tuple[str, Schedule]:
    """(a name of PREDICTIONS, noise levels) of a checkpoint's scheduler. Raises CMCError for one of neither sort."""
    name, kind = type(scheduler).__name__, scheduler.config.get("prediction_type", "")
    if name.startswith("FlowMatch"):
        return FLOW, Schedule(flow_alphas(scheduler.config.num_train_timesteps))
    alphas = getattr(scheduler, "alphas_cumprod", None)
    if kind not in PREDICTIONS or alphas is None:
        raise CMCError(
            f"expected a checkpoint that predicts noise, velocity or flow, found {name} ({kind or 'of its own'}); "
            "name another, as sd15 or a folder of Stable Diffusion's"
        )
    return kind, Schedule(alphas.double().numpy().astype(np.float64))


def _checked_vae(pipeline: "DiffusionPipeline") -> AutoencoderKL:
    vae = getattr(pipeline, "vae", None)
    if not isinstance(vae, AutoencoderKL):
        raise CMCError(
            f"expected a checkpoint with an AutoencoderKL, found {type(vae).__name__} in {type(pipeline).__name__}; "
            "name another, as sd15 or a folder of Stable Diffusion's"
        )
    return vae


def _weights(pipeline: "DiffusionPipeline") -> bytes:
    """What tells all networks of a pipeline from others, by component and name."""
    parts = nn.ModuleDict({name: part for name, part in pipeline.components.items() if isinstance(part, nn.Module)})
    return weights_digest(parts.state_dict())
