"""Stable Diffusion 1.x in miniature: tokenizer, text encoder, UNet and scheduler, none of them trained."""

from collections import Counter
from itertools import pairwise

from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTH, TOKENS = 128, 32
# What ends the last token of a word.
END = "</w>"


def tokenizer(texts: list[str]) -> CLIPTokenizer:
    """Byte-level BPE in which every word of `texts` is one token, and any other text still has tokens."""
    split = CLIPTokenizer().backend_tokenizer.pre_tokenizer
    words = {word for text in texts for word, _ in split.pre_tokenize_str(text.lower())}
    joins = merges(sorted(words))
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in plain] + [chr(256 + i) for i in range(256 - len(plain))]
    tokens = letters + [letter + END for letter in letters] + ["".join(pair) for pair in joins]
    tokens = list(dict.fromkeys([*tokens, "<|startoftext|>", "<|endoftext|>"]))
    return CLIPTokenizer({token: i for i, token in enumerate(tokens)}, joins, model_max_length=TOKENS)


def merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges (Sennrich et al., 2016) until every word is one token.

    Of pairs as frequent as each other the first in the alphabet: the tokenizers library's own trainer leaves that to
    chance, and other ids would make another painter of the same seed.
    """
    parts = [[*word[:-1], word[-1] + END] for word in words]
    made = []
    while counts := Counter(pair for part in parts for pair in pairwise(part)):
        made.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        parts = [_joined(part, made[-1]) for part in parts]
    return made


def _joined(part: list[str], pair: tuple[str, str]) -> list[str]:
    made: list[str] = []
    for token in part:
        # A letter that stands thrice joins once, from the left, as when the tokenizer reads.
        if made and (made[-1], token) == pair:
            made[-1] += token
        else:
            made.append(token)
    return made


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
    16x16 latents: the fewer the pixels, the less the noise that leaves the same to be seen (Hoogeboom et al., 2023).
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
