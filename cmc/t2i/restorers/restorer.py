"""What the restorative decoders share: requests to planes, one noise source a request, and guided denoising."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from cmc.t2i.base import Decoder, Picture, Request, Sampling
from cmc.t2i.restorers.tensors import Noise, to_pictures, to_planes
from cmc.t2i.restorers.text_encoder import Words
from cmc.t2i.restorers.tiled_vae import Latents
from cmc.t2i.restorers.tiles import Tile, blend

# (latent, timestep, condition latent or picture, text) to the network's output, all of one tile.
Network = Callable[[Tensor, int, Tensor, Tensor], Tensor]


class Restorer(Decoder):
    """Paints detail into a degraded picture; its own start and schedule take the place of a denoising strength.

    tile: what the denoising network sees at once, in latent pixels; short_edge: smaller pictures are enlarged to it.
    """

    tile: Tile
    short_edge: int

    def __init__(self, latents: Latents, words: Words, device: Any, about: dict[str, Any]) -> None:
        self.latents, self.words, self.device = latents, words, device
        self._about = about

    @abstractmethod
    def restore(self, planes: Tensor, prompts: list[str], noise: Noise, sampling: Sampling) -> Tensor:
        """Pictures (batch, 3, height, width) of about [0, 1] from references of that shape, [0, 1]."""

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        with torch.inference_mode():
            planes, noise = to_planes(requests, self.device), Noise(requests, self.device)
            return to_pictures(self.restore(planes, [one.prompt for one in requests], noise, sampling))

    def full_precision(self) -> AbstractContextManager[None]:
        return self.latents.full_precision()

    def tokens_over(self, prompt: str) -> int:
        return self.words.over(prompt)

    def describe(self) -> dict[str, Any]:
        return self._about

    def denoise(
        self, network: Network, condition: Tensor, texts: tuple[Tensor, Tensor], scale: Callable[[int], float]
    ) -> Callable[[Tensor, int], Tensor]:
        """A tiled, guided denoiser of whole latents.

        condition: picture or latent that the network sees, a whole number of times as fine as the latent; texts:
        (wanted, unwanted); scale: guidance at a timestep, 1 for none.
        """

        def run(x: Tensor, timestep: int) -> Tensor:
            plane, fine = (x.shape[2], x.shape[3]), condition.shape[2] // x.shape[2]
            strength = scale(timestep)

            def paint(part: Any) -> Tensor:
                return guided(network, part.crop(x), timestep, part.crop(condition, fine), texts, strength)

            return blend(plane, self.tile, paint).float()

        return run


def guided(
    network: Network, x: Tensor, timestep: int, condition: Tensor, texts: tuple[Tensor, Tensor], scale: float
) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598); one run of the network where the scale is 1."""
    wanted, unwanted = texts
    if scale == 1:
        return network(x, timestep, condition, wanted)
    pair = network(torch.cat([x, x]), timestep, torch.cat([condition, condition]), torch.cat([unwanted, wanted]))
    without, with_text = pair.float().chunk(2)
    return without + scale * (with_text - without)
