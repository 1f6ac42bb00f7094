"""Checkpoints on the hub by name, and any other that transformers can load."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmc.core.facts import Option
from cmc.i2t.base import Captioner
from cmc.i2t.chat import ChatCaptioner
from cmc.i2t.florence2 import TASK, FlorenceCaptioner
from cmc.i2t.plain import PlainCaptioner
from cmc.i2t.scenes import SceneCaptioner
from cmc.i2t.transformers_captioner import load_captioner
from cmc.i2t.vllm_load import load_vllm
from cmc.i2t.vllm_settings import VllmSettings
from cmc.registry import I2T
from cmc.scenes.sentences import is_of_scenes

if TYPE_CHECKING:
    import torch

# Model types that are laid out as no other.
_OWN_FAMILIES = {"florence2": FlorenceCaptioner}


def from_transformers(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    max_new_tokens: int = 72,
    trust_remote_code: bool = False,
    vllm: VllmSettings | None = None,
) -> Captioner:
    """A checkpoint of any family: through its chat template where it has one, else as a plain captioner."""
    if vllm is not None:
        return load_vllm(checkpoint, device, dtype, max_new_tokens, trust_remote_code, vllm)
    loaded = load_captioner(checkpoint, dtype, trust_remote_code)
    processor, model = loaded
    plain = SceneCaptioner if is_of_scenes(processor.tokenizer.get_vocab()) else PlainCaptioner
    general = ChatCaptioner if processor.chat_template else plain
    family = _OWN_FAMILIES.get(model.config.model_type, general)
    return family(checkpoint, loaded, device, max_new_tokens)


@dataclass(frozen=True)
class _Checkpoint:
    """A checkpoint on the hub, the licence of its weights, billions of them; `prompt` and `takes_prompt` as in
    `EncoderFacts`; needs: packages beside transformers; takes_vllm: False of what vLLM cannot load or ask."""

    name: str
    licence: str
    billions: float
    prompt: str = ""
    takes_prompt: bool = True
    needs: tuple[str, ...] = ()
    takes_vllm: bool = True


_CHECKPOINTS = {
    # The paper's Qwen-VL-Chat is remote code that transformers 5 no longer runs; its successor stands in.
    "Qwen": _Checkpoint("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0", 8.8),
    "qwen3-vl": _Checkpoint("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0", 8.8),
    "qwen2.5-vl": _Checkpoint("Qwen/Qwen2.5-VL-7B-Instruct", "Apache-2.0", 8.3),
    "qwen2-vl": _Checkpoint("Qwen/Qwen2-VL-7B-Instruct", "Apache-2.0", 8.3),
    "llava": _Checkpoint("llava-hf/llava-1.5-7b-hf", "Llama 2 Community License", 7.1),
    # The paper leaves its length alone; this is the instruction that it was taught captioning with.
    "instructblip": _Checkpoint(
        "Salesforce/instructblip-vicuna-7b",
        "non-commercial (Vicuna)",
        7.9,
        prompt="A short image description.",
        takes_vllm=False,
    ),
    "blip2": _Checkpoint(
        "Salesforce/blip2-opt-2.7b", "MIT; OPT-2.7B non-commercial", 3.7, takes_prompt=False, takes_vllm=False
    ),
    "qwen3.5-vl": _Checkpoint("Qwen/Qwen3.5-9B", "Apache-2.0", 9.4),
    "internvl3.5": _Checkpoint("OpenGVLab/InternVL3_5-8B-HF", "Apache-2.0", 8.5),
    "gemma3": _Checkpoint("google/gemma-3-4b-it", "Gemma Terms of Use", 4.3),
    "gemma4": _Checkpoint("google/gemma-4-E4B-it", "Apache-2.0", 8.0),
    "molmo2": _Checkpoint("allenai/Molmo2-8B", "Apache-2.0", 8.7),
    "smolvlm": _Checkpoint("HuggingFaceTB/SmolVLM2-2.2B-Instruct", "Apache-2.0", 2.2, needs=("num2words",)),
    "llava-onevision": _Checkpoint("llava-hf/llava-onevision-qwen2-7b-ov-hf", "Apache-2.0", 8.0),
    "florence2": _Checkpoint(
        "florence-community/Florence-2-large", "MIT", 0.8, prompt=TASK, takes_prompt=False, takes_vllm=False
    ),
}

for _name, _checkpoint in _CHECKPOINTS.items():
    I2T.register(
        _name,
        needs=["transformers", *_checkpoint.needs],
        checkpoint=_checkpoint.name,
        licence=_checkpoint.licence,
        billions=_checkpoint.billions,
        prompt=_checkpoint.prompt,
        takes_prompt=_checkpoint.takes_prompt,
        takes_token_limit=True,
        takes_vllm=_checkpoint.takes_vllm,
        options={"trust_remote_code": Option(bool, "run Python code that comes with a checkpoint")},
    )(from_transformers)
