"""Generating a part of a picture: what lies outside of it is led to the latent of what was there, at every step."""

from torch import Tensor
from torch.nn import functional

from cmc.t2i.restorers.schedulers import Denoise, spaced_ddpm


def kept_outside(inside: Tensor, latent: Tensor, denoise: Denoise) -> Denoise:
    """A denoiser that finds what `denoise` does where `inside` is 1, and where it is 0 the noise that is over `latent`.

    inside: (batch, 1, height, width) in [0, 1], a whole number of times as fine as the latent; latent: (batch,
    channels, rows, columns) of what was there; denoise: it predicts noise (`epsilon`) of Stable Diffusion's schedule.
    """
    mask = functional.adaptive_avg_pool2d(inside, (latent.shape[2], latent.shape[3]))
    signals = spaced_ddpm(1).alphas_cumprod  # of every training step

    def denoise_inside(x: Tensor, timestep: int) -> Tensor:
        signal = signals[timestep].item()
        known = (x - signal**0.5 * latent) / (1 - signal) ** 0.5
        return mask * denoise(x, timestep) + (1 - mask) * known

    return denoise_inside
