"""The tiny diffusion model: Stable Diffusion 1.x in miniature, taught what each mode starts from, on the tiny
autoencoder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, CLIPTokenizer

from cmc.core.modes import IMAGE_PROMPT
from cmc.scenes.hue import dominant_colour
from cmc.scenes.tiny_models import GUIDANCE, STEPS
from training.data import SCENES, SceneSet, scene_set
from training.labels import CLASSES, classification_loss, labels
from training.lessons import Lesson, draw_batch, mode_lessons, prompt_ids
from training.loop import train
from training.miniature import WIDTH, denoiser, noise_schedule, text_encoder, tokenizer
from training.options import Options, parse_options
from training.vae import SIDE

# Share of prompts left out, so that guidance has something to guide away from.
EMPTY = 0.08
READING_STEPS = 400


def teach_reading(encoder: CLIPTextModel, prompts: torch.Tensor, data: SceneSet, options: Options) -> None:
    """First let the text encoder alone, in place, tell object, colour and setting from prompts (n, TOKENS): a minute
    that saves many."""
    truths = labels(data, np.arange(len(prompts)))
    head = torch.nn.Linear(WIDTH, sum(CLASSES))
    network = torch.nn.ModuleList([encoder, head]).to(options.device)

    def loss(step: int) -> torch.Tensor:
        chosen = torch.from_numpy(np.random.default_rng([options.seed, 1, step]).integers(0, len(prompts), 64))
        features = encoder(prompts[chosen].to(options.device)).last_hidden_state[:, -1]
        return classification_loss(head(features).split(CLASSES, dim=1), truths[:, chosen].to(options.device))

    trained = train(network, loss, READING_STEPS, 1e-3, options.work / "reading.pt", decay=0.95)
    encoder.load_state_dict(trained[0].state_dict())


def denoising_loss(
    encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    schedule: DDIMScheduler,
    lessons: dict[str, Lesson],
    empty: torch.Tensor,
    options: Options,
) -> Callable[[int], torch.Tensor]:
    """The loss of a step: mean squared error of the predicted velocity, `empty` (1, TOKENS) being the prompt that says
    nothing."""

    # On sequences as short as these the plain product is quicker than the fused one.
    @sdpa_kernel(SDPBackend.MATH)
    def loss(step: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        clean, noise, times, prompts = draw_batch(lessons, schedule, generator)
        prompts = torch.where(torch.rand(len(prompts), 1, generator=generator) < EMPTY, empty, prompts)
        noisy = schedule.add_noise(clean, noise, times).to(options.device)
        target = schedule.get_velocity(clean, noise, times).to(options.device)
        with torch.autocast(options.device.type, torch.bfloat16):
            text = encoder(prompts.to(options.device)).last_hidden_state
            velocity = unet(noisy, times.to(options.device), text).sample
        return torch.nn.functional.mse_loss(velocity.float(), target)

    return loss


def save_pipeline(
    folder: Path, vae: AutoencoderKL, trained: torch.nn.ModuleList, tokens: CLIPTokenizer, schedule: DDIMScheduler
) -> None:
    """All parts in half precision, as diffusers reads them; `trained`: text encoder and UNet."""
    encoder, unet = trained
    pipeline = StableDiffusionPipeline(
        vae=vae.cpu(),
        text_encoder=encoder.cpu(),
        tokenizer=tokens,
        unet=unet.cpu(),
        scheduler=schedule,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16).save_pretrained(folder)


def measure(folder: Path, data: SceneSet) -> float:
    """Share of scenes whose object's colour comes back from the caption alone, as `benchmarks.tiny` finds it."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    size = {"height": SIDE, "width": SIDE}
    right = []
    for start in range(0, len(data.texts), 30):
        texts, shown = data.texts[start : start + 30], data.shown[start : start + 30]
        noise = [torch.Generator().manual_seed(start + i) for i in range(len(texts))]
        output = pipeline(texts, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=noise, **size)
        colours = [dominant_colour(image) for image in output.images]
        right += [colour == scene.colour for colour, scene in zip(colours, shown, strict=True)]
    return float(np.mean(right))


def main() -> None:
    """Train on scenes and the autoencoder of `training.vae`, write the pipeline and print how good it is on others."""
    options = parse_options(__doc__, steps=13_000)
    torch.manual_seed(options.seed)
    data = scene_set(options.work, "train", SCENES)
    vae = AutoencoderKL.from_pretrained(options.work / "vae").to(options.device).eval()
    tokens = tokenizer([*data.texts, IMAGE_PROMPT])
    lessons = mode_lessons(data, vae, tokens, options)
    encoder, unet, schedule = text_encoder(tokens), denoiser(), noise_schedule()
    teach_reading(encoder, lessons["text"].prompts, data, options)
    network = torch.nn.ModuleList([encoder, unet]).to(options.device)
    loss = denoising_loss(encoder, unet, schedule, lessons, prompt_ids(tokens, [""]), options)
    checkpoint = options.work / "diffusion.pt"
    trained = train(network, loss, options.steps, 1e-3, checkpoint, cooldown=options.steps // 6)
    save_pipeline(options.out / "diffusion", vae, trained, tokens, schedule)
    right = measure(options.out / "diffusion", scene_set(options.work, "validation", 90))
    print(f"validation, 90 scenes from their true captions: main object's colour right in {right:.1%}")


if __name__ == "__main__":
    main()
