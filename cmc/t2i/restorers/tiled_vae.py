"""An autoencoder on pictures of any size: tiles of it, blended."""

import contextlib
from collections.abc import Callable, Iterator

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from cmc.t2i.restorers.tiles import Tile, blend

# In latent pixels; with Stable Diffusion's factor of 8, pictures up to 1024 pixels go in one piece.
TILE = Tile(128, 96)


class TiledVAE:
    """`AutoencoderKL` between pictures in [0, 1] and scaled latents.

    scale: of the latents; factor: sides of a picture over those of its latent.
    """

    def __init__(self, network: AutoencoderKL, tile: Tile = TILE) -> None:
        self.network, self.tile = network, tile
        self.scale: float = network.config.scaling_factor
        self.factor = 2 ** (len(network.config.block_out_channels) - 1)

    def mode(self, images: Tensor) -> Tensor:
        """The likeliest latents (batch, channels, height / factor, width / factor), float32."""
        return self.moments(images).chunk(2, dim=1)[0] * self.scale

    def sample(self, images: Tensor, noise: Callable[[Tensor], Tensor]) -> Tensor:
        """Latents drawn from the posterior; `noise` makes a standard normal of a tensor's shape."""
        mean, log_variance = self.moments(images).chunk(2, dim=1)
        return (mean + noise(mean) * torch.exp(0.5 * log_variance.clamp(-30, 20))) * self.scale

    def moments(self, images: Tensor) -> Tensor:
        """(mean, log variance) side by side in the channels, unscaled, float32."""
        x = (images * 2 - 1).to(self.network.dtype)
        size = (x.shape[2] // self.factor, x.shape[3] // self.factor)
        encode = self.network.encode
        return blend(size, self.tile, lambda window: encode(window.crop(x, self.factor)).latent_dist.parameters).float()

    def decode(self, latent: Tensor) -> Tensor:
        """Pictures in about [0, 1], not clamped, float32."""
        z = (latent / self.scale).to(self.network.dtype)
        decode = self.network.decode
        images = blend((z.shape[2], z.shape[3]), self.tile, lambda window: decode(window.crop(z)).sample, self.factor)
        return images.float() / 2 + 0.5

    @contextlib.contextmanager
    def full_precision(self) -> Iterator[None]:
        """In fp32, where it overflows less."""
        before = self.network.dtype
        self.network.to(torch.float32)
        try:
            yield
        finally:
            self.network.to(before)
