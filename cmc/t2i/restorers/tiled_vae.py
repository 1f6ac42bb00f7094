"""An autoencoder on pictures of any size: tiles of it, blended."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from cmc.t2i.restorers.tiles import Tile, blend

# In latent pixels; with Stable Diffusion's factor of 8, pictures up to 1024 pixels go in one piece.
TILE = Tile(128, 96)


class Latents:
    """`AutoencoderKL` between pictures in [0, 1] and scaled latents."""

    def __init__(self, vae: Any, tile: Tile = TILE) -> None:
        self.vae, self.tile = vae, tile
        self.scale: float = vae.config.scaling_factor
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)

    def mode(self, image: Tensor) -> Tensor:
        """The likeliest latent (batch, channels, height / factor, width / factor), float32."""
        return self.moments(image).chunk(2, dim=1)[0] * self.scale

    def draw(self, image: Tensor, noise: Callable[[Tensor], Tensor]) -> Tensor:
        """A latent drawn from the posterior; `noise` makes a standard normal of a tensor's shape."""
        mean, log_variance = self.moments(image).chunk(2, dim=1)
        return (mean + noise(mean) * torch.exp(0.5 * log_variance.clamp(-30, 20))) * self.scale

    def moments(self, image: Tensor) -> Tensor:
        """(mean, log variance) side by side in the channels, unscaled, float32."""
        x = (image * 2 - 1).to(self.vae.dtype)
        plane = (x.shape[2] // self.factor, x.shape[3] // self.factor)
        encode = self.vae.encode
        return blend(plane, self.tile, lambda part: encode(part.crop(x, self.factor)).latent_dist.parameters).float()

    def decode(self, latent: Tensor) -> Tensor:
        """Pictures in about [0, 1], not clamped, float32."""
        z = (latent / self.scale).to(self.vae.dtype)
        plane = (z.shape[2], z.shape[3])
        made = blend(plane, self.tile, lambda part: self.vae.decode(part.crop(z)).sample, self.factor)
        return made.float() / 2 + 0.5

    @contextlib.contextmanager
    def full_precision(self) -> Iterator[None]:
        """In fp32, where it overflows less."""
        before = self.vae.dtype
        self.vae.to(torch.float32)
        try:
            yield
        finally:
            self.vae.to(before)
