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
    pairs = merges(sorted(words))
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    tokens = letters + [letter + END for letter in letters] + ["".join(pair) for pair in pairs]
    tokens = list(dict.fromkeys([*tokens, "<|startoftext|>", "<|endoftext|>"]))
    vocabulary = {token: number for number, token in enumerate(tokens)}
    # Pairs, whatever its annotation says: the BPE model inside takes nothing else.
    return CLIPTokenizer(vocabulary, pairs, model_max_length=TOKENS)


def merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges (Sennrich et al., 2016) until every word is one token.

    Of pairs as frequent as each other the first in the alphabet: the tokenizers library's own trainer leaves that to
    chance, and other ids would make another model of the same seed.
    """
    splits = [[*word[:-1], word[-1] + END] for word in words]
    merged: list[tuple[str, str]] = []
    while counts := Counter(pair for tokens in splits for pair in pairwise(tokens)):
        merged.append(_most_frequent(counts))
        splits = [_joined(tokens, merged[-1]) for tokens in splits]
    return merged


def _most_frequent(counts: Counter[tuple[str, str]]) -> tuple[str, str]:
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _joined(tokens: list[str], pair: tuple[str, str]) -> list[str]:
    """The tokens of a word with every such pair made one."""
    joined: list[str] = []
    for token in tokens:
        # A letter that stands thrice joins once, from the left, as when the tokenizer reads.
        if joined and (joined[-1], token) == pair:
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def text_config(tokens: CLIPTokenizer) -> CLIPTextConfig:
    """Of a text encoder that reads these tokens."""
    return CLIPTextConfig(
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


def text_encoder(tokens: CLIPTokenizer) -> CLIPTextModel:
    """CLIP's, random weights."""
    return CLIPTextModel(text_config(tokens))


def denoiser() -> UNet2DConditionModel:
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
        # The caption as a whole beside each time step: every block knows it before any has learned to look.
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def noise_schedule() -> DDIMScheduler:
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
