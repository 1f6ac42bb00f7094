"""The tiny model's autoencoder: 64x64 pictures to 16x16 latents of 4 channels and back."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from diffusers import AutoencoderKL

from training.data import SCENES, SceneSet, scene_set, to_pixels
from training.loop import train
from training.options import Options, parse_options

SIDE, FACTOR, BATCH = 64, 4, 16
# Then the encoder stays as it is, so that the UNet can start on its latents while the decoder goes on learning.
ENCODER_STEPS = 400
# Of the divergence from a unit normal, per latent number: keeps latents smooth enough for diffusion.
KL = 1e-3
# The first three channels are taught to be the picture's mean colours, this many times over (so that their spread
# is about that of the fourth, which is free): colour is what a small model on a short training loses first.
COLOUR = 2.0
Batches = Callable[[int], torch.Tensor]


def autoencoder() -> AutoencoderKL:
    """Random weights."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=SIDE,
    )


def downscaled(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, side, side, 3), `side` a multiple of SIDE, to float (n, 3, SIDE, SIDE) in [-1, 1]."""
    pixels = to_pixels(images)
    return torch.nn.functional.avg_pool2d(pixels, pixels.shape[-1] // SIDE)


def difference(decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Squared error of pixels, absolute error of their differences to the right and below, which keeps edges sharp."""
    error = decoded - target
    return 4 * error.square().mean() + 0.3 * (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean())


@torch.no_grad()
def measure(vae: AutoencoderKL, data: SceneSet) -> tuple[float, float]:
    """(PSNR in dB, standard deviation of the latents) over whole pictures."""
    errors, latents = [], []
    for start in range(0, len(data.images), 16):
        pixels = downscaled(data.images[start : start + 16])
        latent = vae.encode(pixels).latent_dist.mode()
        decoded = vae.decode(latent).sample.clamp(-1, 1)
        errors.append(((decoded - pixels) / 2).square().mean(dim=(1, 2, 3)))
        latents.append(latent)
    return float(-10 * torch.cat(errors).log10().mean()), float(torch.cat(latents).std())


def train_both(vae: AutoencoderKL, batch: Batches, options: Options) -> AutoencoderKL:
    """Encoder and decoder together, for ENCODER_STEPS."""

    def loss(step: int) -> torch.Tensor:
        pixels = batch(step)
        with torch.autocast(options.device.type, torch.bfloat16):
            posterior = vae.encode(pixels).latent_dist
            decoded = vae.decode(posterior.sample()).sample
        mean = posterior.mean.float()
        divergence = 0.5 * (mean**2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        colours = COLOUR * torch.nn.functional.avg_pool2d(pixels, FACTOR)
        return difference(decoded.float(), pixels) + (mean[:, :3] - colours).square().mean() + KL * divergence

    steps = min(options.steps, ENCODER_STEPS)
    return train(vae, loss, steps, 1e-3, options.work / "vae.pt", decay=0.99)


def train_decoder(vae: AutoencoderKL, batch: Batches, options: Options) -> AutoencoderKL:
    """The decoder alone, for the rest of the steps."""
    vae.requires_grad_(False)
    for part in (vae.decoder, vae.post_quant_conv):
        part.requires_grad_(True)

    def loss(step: int) -> torch.Tensor:
        pixels = batch(step + ENCODER_STEPS)
        with torch.autocast(options.device.type, torch.bfloat16):
            decoded = vae.decode(vae.encode(pixels).latent_dist.sample()).sample
        return difference(decoded.float(), pixels)

    steps = options.steps - ENCODER_STEPS
    return train(vae, loss, steps, 5e-4, options.work / "vae-decoder.pt", decay=0.99)


def batches(data: SceneSet, options: Options) -> Batches:
    """The batch of each step: (BATCH, 3, SIDE, SIDE) in [-1, 1]."""

    def batch(step: int) -> torch.Tensor:
        torch.manual_seed(options.seed * 1_000_003 + step)
        chosen = np.random.default_rng([options.seed, step]).integers(0, len(data.images), BATCH)
        return downscaled(data.images[chosen]).to(options.device)

    return batch


def save(vae: AutoencoderKL, options: Options) -> None:
    """Write the autoencoder with its scaling factor, and print how good it is."""
    saved = copy.deepcopy(vae).cpu().eval()
    psnr, spread = measure(saved, scene_set(options.work, "validation", 90))
    saved.register_to_config(scaling_factor=round(1 / spread, 4))
    saved.save_pretrained(options.work / "vae")
    print(f"validation PSNR {psnr:.2f} dB over 90 scenes; latents' standard deviation {spread:.3f}", flush=True)


def main() -> None:
    """Train encoder and decoder, then the decoder alone; `vae` in the folder of work is written after either."""
    options = parse_options(__doc__, steps=1300)
    torch.manual_seed(options.seed)
    batch = batches(scene_set(options.work, "train", SCENES), options)
    vae = train_both(autoencoder().to(options.device), batch, options)
    save(vae, options)
    save(train_decoder(vae, batch, options), options)


if __name__ == "__main__":
    main()
