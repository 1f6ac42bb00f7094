"""Stable Diffusion 1.x in miniature: tokenizer, text encoder, UNet and scheduler, none of them trained."""

import json
from pathlib import Path

from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTH, TOKENS = 128, 32


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
    """Noise up to nothing but noise, so that text mode can choose any brightness (Lin et al., 2024).

    On the way there it is weaker than Stable Diffusion's own, whose half way (strength 0.5) hides most of a picture of
    16x16 latents: the fewer the pixels, the less the noise that leaves the same to be seen (Hoogeboom et al., 2023,
    equation 3).
    """
    return DDIMScheduler(
        beta_start=0.00001,
        beta_end=0.006,
        beta_schedule="scaled_linear",
        clip_sample=False,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
    )
