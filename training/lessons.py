"""What each mode starts from, for training scenes: latents, prompts and references, at the noise of its strength."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler
from transformers import CLIPTokenizer

from cmc.core.modes import IMAGE_PROMPT, MODES
from training.data import SCENES, SceneSet
from training.loop import save_tensors
from training.options import Options
from training.references import references
from training.vae import SIDE, downscaled

# Pictures of a batch by mode: the image mode has no caption and leans on its reference alone, the text mode has the
# most to make up.
LESSONS = {"full": 5, "image": 8, "pixel": 6, "text": 13}
# Scenes with a reference of each kind; a codec takes its time.
REFERRED = {"image": 4000, "pixel": SCENES}


@dataclass(frozen=True)
class Lesson:
    """What one mode gives the denoiser: scenes' latents (n, 4, 16, 16), their prompts' ids (n, TOKENS), and their
    references' latents, or None."""

    clean: torch.Tensor
    prompts: torch.Tensor
    reference: torch.Tensor | None
    strength: float

    def draw(self, count: int, scheduler: DDIMScheduler, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """(latents, noise, times, prompts) of `count` scenes, at any time of this mode's way from its strength to 0.

        A sampler starts at a(reference) + s(noise), which is a(clean) + s(noise + a/s(reference - clean)): the denoiser
        learns to take the reference's errors for noise, and the way down to the clean picture leads through the same.
        """
        chosen = torch.randint(0, len(self.clean), (count,), generator=generator)
        clean = self.clean[chosen]
        noise = torch.randn(clean.shape, generator=generator)
        first = round(self.strength * scheduler.config.num_train_timesteps)
        if self.reference is not None:
            kept = scheduler.alphas_cumprod[first - 1]
            noise = noise + (kept / (1 - kept)).sqrt() * (self.reference[chosen] - clean)
        return clean, noise, torch.randint(0, first, (count,), generator=generator), self.prompts[chosen]


def draw_batch(
    lessons: dict[str, Lesson], scheduler: DDIMScheduler, generator: torch.Generator
) -> tuple[torch.Tensor, ...]:
    """(latents, noise, times, prompts) of all modes, as many of each as LESSONS says."""
    drawn = [lessons[mode].draw(count, scheduler, generator) for mode, count in LESSONS.items()]
    return tuple(torch.cat(values) for values in zip(*drawn, strict=True))


def prompt_ids(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Token ids, int64 (n, TOKENS)."""
    return tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


def mode_lessons(data: SceneSet, vae: AutoencoderKL, tokenizer: CLIPTokenizer, options: Options) -> dict[str, Lesson]:
    """Every mode's, by its name."""
    clean = latents(vae, data.images, options.work / "latents.pt", options.device)
    starts: dict[str | None, torch.Tensor | None] = {None: None}
    for kind, count in REFERRED.items():
        images = references(options.work, kind, data.images[:count], SIDE)
        starts[kind] = latents(vae, images, options.work / f"latents-{kind}.pt", options.device)
    lessons = {}
    for name, mode in MODES.items():
        reference = starts[mode.reference]
        count = len(clean) if reference is None else len(reference)
        prompts = prompt_ids(tokenizer, data.texts[:count] if mode.captioned else [IMAGE_PROMPT] * count)
        lessons[name] = Lesson(clean[:count], prompts, reference, mode.strength)
    return lessons


@torch.no_grad()
def latents(vae: AutoencoderKL, images: np.ndarray, path: Path, device: torch.device) -> torch.Tensor:
    """Scaled latents (n, 4, 16, 16) of uint8 (n, side, side, 3) pictures, kept in a file."""
    if not path.is_file():
        batches = []
        for start in range(0, len(images), 50):
            pixels = downscaled(images[start : start + 50]).to(device)
            with torch.autocast(device.type, torch.bfloat16):
                batches.append(vae.encode(pixels).latent_dist.mode().float().cpu() * vae.config.scaling_factor)
            if start % 1000 == 0:
                print(f"{path.stem}: {start} of {len(images)}", flush=True)
        save_tensors(path, torch.cat(batches))
    return torch.load(path, weights_only=True)
