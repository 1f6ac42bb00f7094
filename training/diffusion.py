"""The tiny painter: Stable Diffusion 1.x in miniature, taught what each mode starts from, on the tiny autoencoder."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, CLIPTokenizer

from cmc.cli.demo import GUIDANCE, STEPS
from cmc.core.modes import IMAGE_PROMPT, MODES
from cmc.scenes.attributes import COLOURS
from cmc.scenes.hue import dominant_colour
from training.captioner import OBJECTS, SETTINGS, labels
from training.data import SCENES, SceneSet, scene_set
from training.loop import arguments, keep, train
from training.miniature import WIDTH, painter, reader, scheduler, tokenizer
from training.references import references
from training.vae import SIDE, pictures

# Pictures of a batch by mode: the image mode has no words and leans on its reference alone, the text mode has the
# most to make up.
LESSONS = {"full": 5, "image": 8, "pixel": 6, "text": 13}
# Scenes with a reference of each kind; a codec takes its time.
REFERRED = {"image": 4000, "pixel": SCENES}
# Share of prompts left out, so that guidance has something to guide away from.
EMPTY = 0.08
READING_STEPS = 400


@dataclass(frozen=True)
class Lesson:
    """What one mode gives the painter: scenes' latents (n, 4, 16, 16), their prompts' ids (n, TOKENS), and their
    references' latents, or None."""

    clean: torch.Tensor
    words: torch.Tensor
    reference: torch.Tensor | None
    strength: float

    def draw(self, count: int, levels: DDIMScheduler, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """(latents, noise, times, words) of `count` scenes, at any time of this mode's way from its strength to 0.

        A sampler starts at a(reference) + s(noise), which is a(clean) + s(noise + a/s(reference - clean)): the painter
        learns to take the reference's errors for noise, and the way down to the clean picture leads through the same.
        """
        chosen = torch.randint(0, len(self.clean), (count,), generator=generator)
        clean = self.clean[chosen]
        noise = torch.randn(clean.shape, generator=generator)
        first = round(self.strength * levels.config.num_train_timesteps)
        if self.reference is not None:
            kept = levels.alphas_cumprod[first - 1]
            noise = noise + (kept / (1 - kept)).sqrt() * (self.reference[chosen] - clean)
        return clean, noise, torch.randint(0, first, (count,), generator=generator), self.words[chosen]


def _ids(tokens: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    return tokens(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


@torch.no_grad()
def latents(vae: AutoencoderKL, images: np.ndarray, path: Path, device: str) -> torch.Tensor:
    """Scaled latents (n, 4, 16, 16) of uint8 (n, side, side, 3) pictures, kept in a file."""
    if not path.is_file():
        made = []
        for start in range(0, len(images), 50):
            x = pictures(images[start : start + 50])
            with torch.autocast(device, torch.bfloat16):
                made.append(vae.encode(x.to(device)).latent_dist.mode().float().cpu() * vae.config.scaling_factor)
            if start % 1000 == 0:
                print(f"{path.stem}: {start} of {len(images)}", flush=True)
        keep(path, torch.cat(made))
    return torch.load(path, weights_only=True)


def teach_reading(text: CLIPTextModel, ids: torch.Tensor, data: SceneSet, path: Path, args) -> None:
    """First let the text encoder alone tell object, colour and setting from the words: a minute that saves many."""
    truths = labels(data, np.arange(len(ids)))
    head = torch.nn.Linear(WIDTH, len(OBJECTS) + len(COLOURS) + len(SETTINGS)).to(args.device)

    def loss(step: int) -> torch.Tensor:
        chosen = torch.from_numpy(np.random.default_rng([args.seed, 1, step]).integers(0, len(ids), 64))
        seen = text(ids[chosen].to(args.device)).last_hidden_state[:, -1]
        guesses = head(seen).split([len(OBJECTS), len(COLOURS), len(SETTINGS)], dim=1)
        pairs = zip(guesses, truths[:, chosen].to(args.device), strict=True)
        return sum(torch.nn.functional.cross_entropy(guess, truth) for guess, truth in pairs)

    both = torch.nn.ModuleList([text, head])
    text.load_state_dict(train(both, loss, READING_STEPS, 1e-3, path, decay=0.95)[0].state_dict())


def lessons(data: SceneSet, vae: AutoencoderKL, tokens: CLIPTokenizer, args: argparse.Namespace) -> dict[str, Lesson]:
    """Every mode's, by its name."""
    clean = latents(vae, data.images, args.work / "latents.pt", args.device)
    started: dict[str | None, torch.Tensor | None] = {None: None}
    for kind, count in REFERRED.items():
        seen = references(args.work, kind, data.images[:count], SIDE)
        started[kind] = latents(vae, seen, args.work / f"latents-{kind}.pt", args.device)
    made = {}
    for name, mode in MODES.items():
        reference = started[mode.reference]
        count = len(clean) if reference is None else len(reference)
        words = _ids(tokens, data.texts[:count] if mode.captioned else [IMAGE_PROMPT] * count)
        made[name] = Lesson(clean[:count], words, reference, mode.strength)
    return made


def main() -> None:
    args = arguments(__doc__ or "", steps=13_000).parse_args()
    torch.manual_seed(args.seed)
    data = scene_set(args.work, "train", SCENES)
    vae = AutoencoderKL.from_pretrained(args.work / "vae").to(args.device).eval()
    tokens = tokenizer([*data.texts, IMAGE_PROMPT])
    taught, none = lessons(data, vae, tokens, args), _ids(tokens, [""])
    text, unet, levels = reader(tokens).to(args.device), painter().to(args.device), scheduler()
    teach_reading(text, taught["text"].words, data, args.work / "reading.pt", args)

    # On sequences as short as these the plain product is quicker than the fused one.
    @sdpa_kernel(SDPBackend.MATH)
    def loss(step: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(args.seed * 1_000_003 + step)
        drawn = [taught[name].draw(count, levels, generator) for name, count in LESSONS.items()]
        clean, noise, times, words = (torch.cat(part) for part in zip(*drawn, strict=True))
        words = torch.where(torch.rand(len(words), 1, generator=generator) < EMPTY, none, words)
        noisy = levels.add_noise(clean, noise, times).to(args.device)
        target = levels.get_velocity(clean, noise, times).to(args.device)
        with torch.autocast(args.device, torch.bfloat16):
            made = unet(noisy, times.to(args.device), text(words.to(args.device)).last_hidden_state).sample
        return torch.nn.functional.mse_loss(made.float(), target)

    both = torch.nn.ModuleList([text, unet])
    both = train(both, loss, args.steps, 1e-3, args.work / "diffusion.pt", cool=args.steps // 6)
    pipeline = StableDiffusionPipeline(
        vae=vae.cpu(),
        text_encoder=both[0].cpu(),
        tokenizer=tokens,
        unet=both[1].cpu(),
        scheduler=levels,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16).save_pretrained(args.out / "diffusion")
    right = measure(args.out / "diffusion", scene_set(args.work, "validation", 90))
    print(f"validation, 90 scenes from their true captions: main object's colour right in {right:.1%}")


def measure(folder: Path, data: SceneSet) -> float:
    """Share of scenes whose object's colour comes back from the caption alone, as `benchmarks.tiny` finds it."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    right = []
    for start in range(0, len(data.texts), 30):
        texts, shown = data.texts[start : start + 30], data.shown[start : start + 30]
        noise = [torch.Generator().manual_seed(start + i) for i in range(len(texts))]
        size = {"height": SIDE, "width": SIDE}
        made = pipeline(texts, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=noise, **size).images
        right += [dominant_colour(image) == one.colour for image, one in zip(made, shown, strict=True)]
    return float(np.mean(right))


if __name__ == "__main__":
    main()
