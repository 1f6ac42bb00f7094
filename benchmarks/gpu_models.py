"""Models of the released sizes with random weights, born on the device that they are measured on."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)
from transformers.models.clip import CLIPImageProcessor

from benchmarks.gpu_configs import Config, Sizes
from tests.tiny_families import t5
from tests.tiny_t2i import tokenizer

# What CLIP's schedules of Stable Diffusion are.
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


@contextmanager
def born_on(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Inside, networks are made there and in that format: none waits for the main memory or the disk."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def clip_tokenizer() -> CLIPTokenizer:
    """A token a letter; the networks have places for the released vocabulary, of which these are the first."""
    with tempfile.TemporaryDirectory() as folder:
        return tokenizer(Path(folder))


def text_config(sizes: Config, tokens: CLIPTokenizer) -> CLIPTextConfig:
    """Of a CLIP that finds the end of what that tokenizer writes."""
    return CLIPTextConfig(**sizes, bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id, pad_token_id=1)


def pipeline(name: str, sizes: Sizes, device: torch.device, dtype: torch.dtype) -> diffusers.DiffusionPipeline:
    """Stable Diffusion 1.5, Stable Diffusion XL or FLUX.1 [dev]; `name`: of BUILDERS."""
    tokens = clip_tokenizer()
    configs = [text_config(text, tokens) for text in sizes.texts]
    with born_on(device, dtype):
        vae = diffusers.AutoencoderKL(**sizes.vae).eval()
        parts = {"vae": vae, "text_encoder": CLIPTextModel(configs[0]).eval(), "tokenizer": tokens}
    made: diffusers.DiffusionPipeline = BUILDERS[name](sizes, configs, parts, device, dtype)
    made.set_progress_bar_config(disable=True)
    return made


def _sd15(sizes: Sizes, _: list[CLIPTextConfig], parts: Mapping[str, Any], *where: Any) -> Any:
    with born_on(*where):
        unet = diffusers.UNet2DConditionModel(**sizes.denoiser).eval()
    scheduler = diffusers.PNDMScheduler(**NOISE, skip_prk_steps=True)
    none = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    return diffusers.StableDiffusionPipeline(**parts, unet=unet, scheduler=scheduler, **none)


def _sdxl(sizes: Sizes, configs: list[CLIPTextConfig], parts: Mapping[str, Any], *where: Any) -> Any:
    with born_on(*where):
        unet = diffusers.UNet2DConditionModel(**sizes.denoiser).eval()
        second = CLIPTextModelWithProjection(configs[1]).eval()
    scheduler = diffusers.EulerDiscreteScheduler(**NOISE, timestep_spacing="leading")
    more = {"text_encoder_2": second, "tokenizer_2": clip_tokenizer(), "add_watermarker": False}
    return diffusers.StableDiffusionXLPipeline(**parts, **more, unet=unet, scheduler=scheduler)


def _flux(sizes: Sizes, _: list[CLIPTextConfig], parts: Mapping[str, Any], *where: Any) -> Any:
    with born_on(*where):
        transformer = diffusers.FluxTransformer2DModel(**sizes.denoiser).eval()
        second = T5EncoderModel(T5Config(**sizes.t5)).eval()
    shift = {"base_shift": 0.5, "max_shift": 1.15, "shift": 3.0}
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(**shift, use_dynamic_shifting=True)
    more = {"text_encoder_2": second, "tokenizer_2": t5()[0]}
    return diffusers.FluxPipeline(**parts, **more, transformer=transformer, scheduler=scheduler)


BUILDERS = {"sd15": _sd15, "sdxl": _sdxl, "flux": _flux}


def letter_tokenizer(image: str) -> PreTrainedTokenizerFast:
    """A token a byte, and one that stands for a picture."""
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    symbols = [*marks.values(), *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw = Tokenizer(models.BPE({symbol: place for place, symbol in enumerate(symbols)}, []))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=raw, **marks)
    made.add_special_tokens({"additional_special_tokens": [image]})
    return made


def llava(config: Config, device: torch.device, dtype: torch.dtype) -> tuple[LlavaProcessor, Any]:
    """(processor, model) of LLaVA-1.5: pictures as many tokens as released, words a token a letter."""
    tokens = letter_tokenizer("<image>")
    vision, image_token = config["vision_config"], tokens.convert_tokens_to_ids("<image>")
    assert isinstance(image_token, int)
    side, patch = vision["image_size"], vision["patch_size"]
    whole = LlavaConfig(
        **config,
        image_token_index=image_token,
        image_seq_length=(side // patch) ** 2,
    )
    with born_on(device, dtype):
        model = LlavaForConditionalGeneration(whole).eval()
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side}),
        tokens,
        chat_template="{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>\n"
        "{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %} ASSISTANT:",
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return processor, model
