"""Tiny but real transformers checkpoints that see and write: random weights, standard format, a second each to make."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    BlipImageProcessor,
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModel,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipProcessor,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
)
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

from cmc.i2t.prompts import PROMPTS

SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
TEXT = SIZES | {"num_key_value_heads": 4, "max_position_embeddings": 4096, "tie_word_embeddings": False}
VISION = SIZES | {"image_size": 32, "patch_size": 8}
_WORDS = "a picture of red green blue house tree boat river sky person with the on in at light dark bright"


def tokenizer(*special: str) -> PreTrainedTokenizerFast:
    """Byte-level BPE of printable ASCII, so that even random weights write text; the special tokens come last.

    `<s>` `</s>` `<pad>` begin, end and pad.
    """
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    printable = "".join(map(chr, range(32, 127))) + "\n"
    alphabet = sorted({c for piece, _ in raw.pre_tokenizer.pre_tokenize_str(printable) for c in piece})
    trainer = trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, special_tokens=["<s>", "</s>", "<pad>"])
    raw.train_from_iterator([*PROMPTS.values(), _WORDS], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    made.add_special_tokens({"additional_special_tokens": list(special)})
    return made


def ids(tokens: PreTrainedTokenizerFast) -> dict[str, int]:
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    return {"vocab_size": len(tokens)} | {name: getattr(tokens, name) for name in names}


def save(folder: Path, model: torch.nn.Module, processor: object) -> Path:
    with torch.no_grad():  # larger than at birth and nowhere zero, so that different pictures are told apart
        for parameter in model.parameters():
            parameter.mul_(3).add_(torch.randn_like(parameter), alpha=0.1)
    # What real checkpoints carry and a benchmark must not follow.
    model.generation_config.update(do_sample=True, temperature=0.7, repetition_penalty=1.3, top_k=5)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def llava(folder: Path) -> Path:
    """LLaVA-1.5 in miniature: CLIP tower, Llama, chat template, a processor that crops."""
    torch.manual_seed(0)
    tokens = tokenizer("<image>")
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT, **ids(tokens)},
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
    )
    template = (
        "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image>\n"
        "{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %} ASSISTANT:"
    )
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokens,
        chat_template=template,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return save(folder, LlavaForConditionalGeneration(config), processor)


def qwen2_vl(folder: Path, width: int = 32) -> Path:
    """Qwen2-VL in miniature: as many image tokens as the picture's size asks for, so batches need padding.

    Of `width` 128 its attention heads are of a size that vLLM computes with.
    """
    torch.manual_seed(0)
    marks = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokens = tokenizer(*marks)
    start, end, image, video = tokens.convert_tokens_to_ids(list(marks))
    section = [part * width // 32 for part in (1, 1, 2)]
    rope = {"rope_type": "default", "mrope_section": section, "rope_theta": 10000.0}
    config = Qwen2VLConfig(
        text_config={**TEXT, **ids(tokens), "hidden_size": width, "rope_parameters": rope},
        vision_config={"depth": 2, "embed_dim": width, "hidden_size": width, "num_heads": 2, "patch_size": 8},
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    template = (
        "{% for m in messages %}<s>user\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
        "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}</s>\n"
        "{% endfor %}<s>assistant\n"
    )
    pixels = {"patch_size": 8, "size": {"shortest_edge": 1024, "longest_edge": 4096}}
    processor = Qwen2VLProcessor(
        Qwen2VLImageProcessor(**pixels), tokens, Qwen2VLVideoProcessor(**pixels), chat_template=template
    )
    return save(folder, Qwen2VLForConditionalGeneration(config), processor)


def _qformer() -> dict[str, object]:
    return SIZES | {"vocab_size": 400, "encoder_hidden_size": 32, "cross_attention_frequency": 1}


def _opt(tokens: PreTrainedTokenizerFast) -> dict[str, object]:
    sizes = {"hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    return {"model_type": "opt", **sizes, "word_embed_proj_dim": 32, "max_position_embeddings": 512, **ids(tokens)}


def _pixels() -> BlipImageProcessor:
    return BlipImageProcessor(size={"height": 32, "width": 32})


def blip2(folder: Path) -> Path:
    """BLIP-2 in miniature: a Q-Former before OPT, no prompt."""
    torch.manual_seed(0)
    tokens = tokenizer("<image>")
    config = Blip2Config(
        vision_config=VISION,
        qformer_config=_qformer(),
        text_config=_opt(tokens),
        num_query_tokens=4,
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
    )
    processor = Blip2Processor(_pixels(), tokens, num_query_tokens=4)
    return save(folder, Blip2ForConditionalGeneration(config), processor)


def instructblip(folder: Path) -> Path:
    """InstructBLIP in miniature: the Q-Former reads the instruction too, with a tokenizer of its own."""
    torch.manual_seed(0)
    tokens = tokenizer("<image>")
    config = InstructBlipConfig(
        vision_config=VISION,
        qformer_config=_qformer(),
        text_config=_opt(tokens),
        num_query_tokens=4,
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
    )
    processor = InstructBlipProcessor(_pixels(), tokens, tokenizer(), num_query_tokens=4)
    return save(folder, InstructBlipForConditionalGeneration(config), processor)


def sharegpt4v(folder: Path) -> tuple[Path, Path]:
    """(checkpoint, vision tower) as released: LLaVA's own names, no vision tower inside, no image token."""
    tokens = tokenizer()
    torch.manual_seed(0)
    vision = CLIPVisionModel(CLIPVisionConfig(**VISION))
    text = LlamaForCausalLM(LlamaConfig(**TEXT, **ids(tokens)))
    state = dict(text.state_dict())
    for index, inputs in ((0, 32), (2, 32)):
        state[f"model.mm_projector.{index}.weight"] = torch.randn(32, inputs)
        state[f"model.mm_projector.{index}.bias"] = torch.randn(32)
    state = {name: value * 3 + 0.1 * torch.randn_like(value) for name, value in state.items()}
    state["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    text.config.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text()) | {
        "model_type": "share4v", "mm_vision_tower": "nobody/tower", "mm_vision_select_layer": -2
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    tokens.save_pretrained(folder)
    torch.save(state, folder / "pytorch_model-00001-of-00001.bin")
    tower = folder / "tower"
    vision.save_pretrained(tower)
    named = {f"vision_model.{name}": value for name, value in vision.state_dict().items()}
    save_file(named, tower / "model.safetensors", metadata={"format": "pt"})
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(tower)
    return folder, tower
