"""ShareGPT4V (arXiv:2311.12793): the released LLaVA-layout files, renamed into transformers' LLaVA classes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.facts import Option
from cmc.i2t.base import Captioner
from cmc.i2t.chat import ChatCaptioner
from cmc.registry import I2T
from cmc.weights.hub import local_folder
from cmc.weights.strict import is_computed

if TYPE_CHECKING:
    import torch
    from transformers import CLIPVisionConfig, LlavaForConditionalGeneration, LlavaProcessor

    from cmc.weights.checkpoint import State

ADVICE = "give downloaded folders with --model_dir and --vision_tower"
IMAGE = "<image>"
# The conversation that it was trained in (Vicuna's).
TEMPLATE = (
    "{{ bos_token }}A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions. {% for turn in messages %}USER: "
    "{% for part in turn['content'] %}{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %} ASSISTANT:"
)
TOWER = "model.vision_tower."
# Where the released names stand in LlavaForConditionalGeneration; the longest prefix wins.
RENAMED = {
    "lm_head.": "lm_head.",
    "model.": "model.language_model.",
    "model.mm_projector.0.": "model.multi_modal_projector.linear_1.",
    "model.mm_projector.2.": "model.multi_modal_projector.linear_2.",
    "model.vision_tower.vision_tower.vision_model.": TOWER,
}
# The text half of a whole CLIP.
TEXT_HALF = ("text_model.", "text_projection.", "visual_projection.", "logit_scale")


@I2T.register(
    "sharegpt4v",
    needs=["transformers"],
    checkpoint="Lin-Chen/ShareGPT4V-7B",
    licence="Llama 2 Community License",
    takes_token_limit=True,
    options={"vision_tower": Option(str, "folder or hub id of the vision tower, where not the one its config names")},
    billions=7.1,
)
def sharegpt4v(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    max_new_tokens: int = 72,
    vision_tower: str | None = None,
) -> Captioner:
    """Folder or hub id of the released files; `vision_tower` likewise (default: the one that their config names).

    Raises CMCError when a file is missing, or a weight is missing, left over or of another shape.
    """
    folder = local_folder(checkpoint, ADVICE, must_hold="config.json")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tower = local_folder(vision_tower or config["mm_vision_tower"], ADVICE, must_hold="config.json")
    loaded = _processor(folder, tower), _model(folder, tower, config, dtype)
    return ChatCaptioner(checkpoint, loaded, device, max_new_tokens)


def _processor(folder: Path, tower: Path) -> "LlavaProcessor":
    from transformers import AutoTokenizer, CLIPImageProcessor, LlavaProcessor

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE]})
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.unk_token or tokenizer.eos_token
    return LlavaProcessor(
        CLIPImageProcessor.from_pretrained(tower, local_files_only=True),
        tokenizer,
        chat_template=TEMPLATE,
        patch_size=_vision_config(tower).patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def _vision_config(tower: Path) -> "CLIPVisionConfig":
    from transformers import CLIPVisionConfig

    return CLIPVisionConfig.from_pretrained(tower, local_files_only=True)


def _model(folder: Path, tower: Path, config: dict[str, Any], dtype: "torch.dtype") -> "LlavaForConditionalGeneration":
    from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    from cmc.weights.checkpoint import build_network

    text = LlamaConfig.from_pretrained(folder, local_files_only=True)
    vision: Any = _vision_config(tower)  # whose sizes are numbers here, though its types allow more
    state = {name: weight.to(dtype) for name, weight in _state(folder, tower).items()}
    # One row more, for the token that marks where the picture goes; it is never read and never said.
    image = text.vocab_size
    for name in ("model.language_model.embed_tokens.weight", "lm_head.weight"):
        state[name] = _one_row_more(state, name, folder)
    text.vocab_size += 1
    llava_config = LlavaConfig(
        text_config=text,
        vision_config=vision,
        image_token_index=image,
        image_seq_length=(vision.image_size // vision.patch_size) ** 2,
        vision_feature_layer=config.get("mm_vision_select_layer", -2),
    )
    model = build_network(lambda: LlavaForConditionalGeneration(llava_config), state, folder)
    model.generation_config.suppress_tokens = [image]
    return model


def _state(folder: Path, tower: Path) -> "State":
    """Both checkpoints' weights under transformers' names. Raises CMCError for a name that has no place there."""
    renamed = {_rename(name, folder): value for name, value in _read(folder).items() if _needed(name)}
    if any(name.startswith(TOWER) for name in renamed):
        return renamed
    seen = {name.removeprefix("vision_model."): value for name, value in _read(tower).items() if _needed(name)}
    return renamed | {TOWER + name: value for name, value in seen.items()}


def _needed(name: str) -> bool:
    return not is_computed(name) and not name.startswith(TEXT_HALF)


def _read(folder: Path) -> "State":
    from cmc.weights.checkpoint import read_checkpoint

    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise CMCError(f"{folder} holds no weights (*.safetensors or pytorch_model*.bin); download them there")
    return {name: value for file in files for name, value in read_checkpoint(file).items()}


def _rename(name: str, where: Path) -> str:
    prefix = max((prefix for prefix in RENAMED if name.startswith(prefix)), key=len, default=None)
    if prefix is None:
        raise CMCError(f"{where} has an unknown weight {name}; is it another model's checkpoint?")
    return RENAMED[prefix] + name.removeprefix(prefix)


def _one_row_more(state: "State", name: str, where: Path) -> "torch.Tensor":
    import torch

    if name not in state:
        raise CMCError(f"{where} lacks {name}; is it another model's checkpoint, or cut?")
    return torch.cat([state[name], torch.zeros_like(state[name][:1])])
