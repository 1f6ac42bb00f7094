"""What the restorative decoders share: requests to tensors, one noise source a request, and guided denoising."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from diffusers.schedulers.scheduling_utils import SchedulerMixin
from torch import Tensor

from cmc.t2i.base import Decoder, Picture, Request, Sampling
from cmc.t2i.limits import check_steps
from cmc.t2i.restorers.schedulers import Denoise
from cmc.t2i.restorers.tensors import Noise, to_images, to_pictures
from cmc.t2i.restorers.text_encoder import TextEncoder
from cmc.t2i.restorers.tiled_vae import TiledVAE
from cmc.t2i.restorers.tiles import Tile, Window, blend

# (latent, timestep, condition latent or picture, prompt embeddings) to the network's output, all of one tile.
Network = Callable[[Tensor, int, Tensor, Tensor], Tensor]
# Of the prompts, and of what is not wanted: (batch, tokens, width) each.
Embeddings = tuple[Tensor, Tensor]


class Restorer(Decoder):
    """Adds detail to a degraded picture; its own start and schedule take the place of a denoising strength.

    tile: what the denoising network sees at once, in latent pixels; short_edge: smaller pictures are enlarged to it.
    """

    tile: Tile
    short_edge: int

    def __init__(self, vae: TiledVAE, text_encoder: TextEncoder, device: torch.device, about: dict[str, Any]) -> None:
        self.vae, self.text_encoder, self.device = vae, text_encoder, device
        self._about = about

    @abstractmethod
    def restore(self, images: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        """Pictures (batch, 3, height, width) of about [0, 1] from references of that shape, [0, 1]."""

    @abstractmethod
    def scheduler(self, steps: int) -> SchedulerMixin:
        """A sampler of so many steps."""

    def check(self, sampling: Sampling) -> None:
        check_steps(self.scheduler(sampling.steps), sampling.steps)

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        with torch.inference_mode():
            images, noise = to_images(requests, self.device), Noise(requests, self.device)
            return to_pictures(self.restore(images, [request.prompt for request in requests], noise, sampling))

    def full_precision(self) -> AbstractContextManager[None]:
        return self.vae.full_precision()

    def tokens_over(self, prompt: str) -> int:
        return self.text_encoder.tokens_over(prompt)

    def describe(self) -> dict[str, Any]:
        return self._about

    def denoiser(
        self, network: Network, condition: Tensor, embeddings: Embeddings, scale: Callable[[int], float]
    ) -> Denoise:
        """A tiled, guided denoiser of whole latents.

        condition: picture or latent that the network sees, a whole number of times as fine as the latent; scale:
        guidance at a timestep, 1 for none.
        """

        def denoise(x: Tensor, timestep: int) -> Tensor:
            size, factor = (x.shape[2], x.shape[3]), condition.shape[2] // x.shape[2]
            strength = scale(timestep)

            def denoise_tile(window: Window) -> Tensor:
                seen = window.crop(condition, factor)
                return guided(network, window.crop(x), timestep, seen, embeddings, strength)

            return blend(size, self.tile, denoise_tile).float()

        return denoise


def controlled(unet: UNet2DConditionModel, control: ControlNetModel) -> Network:
    """The network of a UNet under a ControlNet that sees the condition."""

    def network(x: Tensor, timestep: int, condition: Tensor, text: Tensor) -> Tensor:
        dtype = unet.dtype
        inputs = x.to(dtype), torch.tensor([timestep], device=x.device), text.to(dtype)
        down, mid = control(*inputs, controlnet_cond=condition.to(dtype), return_dict=False)
        residuals = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
        return unet(*inputs, **residuals, return_dict=False)[0]

    return network


def guided(
    network: Network, x: Tensor, timestep: int, condition: Tensor, embeddings: Embeddings, scale: float
) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598); one run of the network where the scale is 1."""
    wanted, unwanted = embeddings
    if scale == 1:
        return network(x, timestep, condition, wanted)
    pair = network(torch.cat([x, x]), timestep, torch.cat([condition, condition]), torch.cat([unwanted, wanted]))
    without, with_text = pair.float().chunk(2)
    return without + scale * (with_text - without)
