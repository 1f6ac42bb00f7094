"""The tiny painter: Stable Diffusion 1.x in miniature (text encoder, UNet, scheduler) on the tiny autoencoder."""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from cmc.cli.demo import GUIDANCE, STEPS
from cmc.modes import IMAGE_PROMPT, MODES
from cmc.scenes.hue import dominant
from cmc.scenes.words import COLOURS
from training.captioner import OBJECTS, SETTINGS, labels
from training.data import SceneSet, scene_set
from training.loop import arguments, train
from training.vae import SIDE, pictures

SCENES = 12_000
BATCH = 32
WIDTH, TOKENS = 128, 32
# Shares of captions replaced: by none, so that guidance has something to guide away from, and by the image mode's fixed
# prompt, which says nothing of the picture: the whole burden is on the denoiser, in as much noise as that mode adds.
EMPTY, FIXED = 0.08, 0.5
FIXED_NOISE = MODES["image"].strength + 0.05
READING_STEPS = 400


def tokenizer(folder: Path, texts: list[str]) -> CLIPTokenizer:
    """Byte-level BPE in which every word of `texts` is one token, and any other text still has tokens.

    Kept in `folder`: learned anew, merges of equal merit may come in another order, and other ids mean other words.
    """
    if (folder / "tokenizer.json").is_file():
        return CLIPTokenizer.from_pretrained(folder)
    start = CLIPTokenizer()
    words = sorted({word for text in texts for word in text.lower().replace(".", " ").replace(",", " ").split()})
    learned = start.train_new_from_iterator([words], vocab_size=100_000, show_progress=False)
    merges = [tuple(pair) for pair in _model(learned)["merges"]]
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in plain] + [chr(256 + i) for i in range(256 - len(plain))]
    tokens = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    tokens = list(dict.fromkeys([*tokens, "<|startoftext|>", "<|endoftext|>"]))
    made = CLIPTokenizer({token: i for i, token in enumerate(tokens)}, merges, model_max_length=TOKENS)
    made.save_pretrained(folder)
    return made


def _model(tokens: CLIPTokenizer) -> dict:
    return json.loads(tokens.backend_tokenizer.to_str())["model"]


def reader(tokens: CLIPTokenizer) -> CLIPTextModel:
    """The text encoder, random weights."""
    config = CLIPTextConfig(
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=WIDTH,
        max_position_embeddings=TOKENS,
        vocab_size=len(tokens),
        bos_token_id=tokens.bos_token_id,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
    )
    return CLIPTextModel(config)


def painter() -> UNet2DConditionModel:
    """The UNet, random weights."""
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(32, 64, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=2,
        norm_num_groups=8,
        # The caption as a whole beside each time step: every block knows what to paint before any has learned to look.
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def scheduler() -> DDIMScheduler:
    """Noise up to nothing but noise, so that text mode can choose any brightness (Lin et al., 2024)."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
    )


def _ids(tokens: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    return tokens(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


@torch.no_grad()
def latents(vae: AutoencoderKL, data: SceneSet, path: Path, device: str) -> torch.Tensor:
    """Scaled latents (n, 4, 16, 16) of all pictures, kept in a file."""
    if not path.is_file():
        made = []
        for start in range(0, len(data.images), 50):
            x = pictures(data.images[start : start + 50])
            with torch.autocast(device, torch.bfloat16):
                made.append(vae.encode(x.to(device)).latent_dist.mode().float().cpu() * vae.config.scaling_factor)
            if start % 1000 == 0:
                print(f"latents: {start} of {len(data.images)}", flush=True)
        torch.save(torch.cat(made), path)
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


def main() -> None:
    args = arguments(__doc__ or "", steps=15_600).parse_args()
    torch.manual_seed(args.seed)
    data = scene_set(args.work, "train", SCENES)
    vae = AutoencoderKL.from_pretrained(args.work / "vae").to(args.device).eval()
    z = latents(vae, data, args.work / "latents.pt", args.device)
    tokens = tokenizer(args.work / "tokenizer", [*data.texts, IMAGE_PROMPT])
    ids, other = _ids(tokens, data.texts), _ids(tokens, ["", IMAGE_PROMPT])
    text, unet, noise_levels = reader(tokens).to(args.device), painter().to(args.device), scheduler()
    teach_reading(text, ids, data, args.work / "reading.pt", args)

    def loss(step: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(args.seed * 1_000_003 + step)
        chosen = torch.randint(0, SCENES, (BATCH,), generator=generator)
        words, lot = ids[chosen], torch.rand(BATCH, generator=generator)
        fixed = (lot >= EMPTY) & (lot < EMPTY + FIXED)
        words = torch.where(fixed[:, None], other[1], words)
        words = torch.where(lot[:, None] < EMPTY, other[0], words)
        clean = z[chosen]
        noise = torch.randn(clean.shape, generator=generator)
        times = torch.randint(0, noise_levels.config.num_train_timesteps, (BATCH,), generator=generator)
        times = torch.where(fixed, (times * FIXED_NOISE).long(), times)
        noisy = noise_levels.add_noise(clean, noise, times).to(args.device)
        target = noise_levels.get_velocity(clean, noise, times).to(args.device)
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
        scheduler=noise_levels,
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
        right += [dominant(image) == one.colour for image, one in zip(made, shown, strict=True)]
    return float(np.mean(right))


if __name__ == "__main__":
    main()
