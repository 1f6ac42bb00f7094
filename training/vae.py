"""The tiny model's autoencoder: 64x64 pictures to 16x16 latents of 4 channels and back."""

import argparse
import copy
from functools import partial

import numpy as np
import torch
from diffusers import AutoencoderKL

from training.data import SCENES, SceneSet, scene_set
from training.loop import arguments, train

SIDE, FACTOR, BATCH = 64, 4, 16
# Then the encoder stays as it is, so that the UNet can start on its latents while the decoder goes on learning.
ENCODER_STEPS = 400
# Of the divergence from a unit normal, per latent number: keeps latents smooth enough for diffusion.
KL = 1e-3
# The first three channels are taught to be the picture's mean colours, this many times over (so that their spread
# is about that of the fourth, which is free): colour is what a small model on a short training loses first.
COLOUR = 2.0


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


def pictures(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, 128, 128, 3) to float (n, 3, SIDE, SIDE) in [-1, 1]."""
    planes = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return torch.nn.functional.avg_pool2d(planes, planes.shape[-1] // SIDE)


def difference(made: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Squared error of pixels, absolute error of their differences to the right and below, which keeps edges sharp."""
    error = made - target
    return 4 * error.square().mean() + 0.3 * (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean())


@torch.no_grad()
def measure(vae: torch.nn.Module, data: SceneSet) -> tuple[float, float]:
    """(PSNR in dB, standard deviation of the latents) over whole pictures."""
    errors, latents = [], []
    for start in range(0, len(data.images), 16):
        x = pictures(data.images[start : start + 16])
        z = vae.encode(x).latent_dist.mode()
        y = vae.decode(z).sample.clamp(-1, 1)
        errors.append(((y - x) / 2).square().mean(dim=(1, 2, 3)))
        latents.append(z)
    return float(-10 * torch.cat(errors).log10().mean()), float(torch.cat(latents).std())


def main() -> None:
    args = arguments(__doc__ or "", steps=1300).parse_args()
    torch.manual_seed(args.seed)
    data = scene_set(args.work, "train", SCENES)
    vae = autoencoder().to(args.device)
    batch = partial(_batch, data, args.seed, args.device)

    def both(step: int) -> torch.Tensor:
        x = batch(step)
        with torch.autocast(args.device, torch.bfloat16):
            posterior = vae.encode(x).latent_dist
            y = vae.decode(posterior.sample()).sample
        mean = posterior.mean.float()
        kl = 0.5 * (mean**2 + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        colours = COLOUR * torch.nn.functional.avg_pool2d(x, FACTOR)
        return difference(y.float(), x) + (mean[:, :3] - colours).square().mean() + KL * kl

    vae = train(vae, both, min(args.steps, ENCODER_STEPS), 1e-3, args.work / "vae.pt", decay=0.99)
    _save(vae, args)
    vae.requires_grad_(False)
    for part in (vae.decoder, vae.post_quant_conv):
        part.requires_grad_(True)

    def decoder(step: int) -> torch.Tensor:
        x = batch(step + ENCODER_STEPS)
        with torch.autocast(args.device, torch.bfloat16):
            y = vae.decode(vae.encode(x).latent_dist.sample()).sample
        return difference(y.float(), x)

    rest = args.steps - ENCODER_STEPS
    _save(train(vae, decoder, rest, 5e-4, args.work / "vae-decoder.pt", decay=0.99), args)


def _batch(data: SceneSet, seed: int, device: str, step: int) -> torch.Tensor:
    torch.manual_seed(seed * 1_000_003 + step)
    rng = np.random.default_rng([seed, step])
    return pictures(data.images[rng.integers(0, len(data.images), BATCH)]).to(device)


def _save(vae: torch.nn.Module, args: argparse.Namespace) -> None:
    kept = copy.deepcopy(vae).cpu().eval()
    psnr, spread = measure(kept, scene_set(args.work, "validation", 90))
    kept.register_to_config(scaling_factor=round(1 / spread, 4))
    kept.save_pretrained(args.work / "vae")
    print(f"validation PSNR {psnr:.2f} dB over 90 scenes; latents' standard deviation {spread:.3f}", flush=True)


if __name__ == "__main__":
    main()
