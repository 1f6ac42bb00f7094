"""Chat models that see: Qwen-VL, LLaVA and whatever else brings a chat template."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from cmc.core.facts import Option
from cmc.i2t.base import Captioner
from cmc.i2t.plain import PlainCaptioner
from cmc.i2t.transformers_captioner import LocalCaptioner, load_captioner
from cmc.registry import I2T

if TYPE_CHECKING:
    import torch
    from transformers import BatchFeature

# Trained on pictures padded to a square, while the processors of their checkpoints cut the middle out (newer models
# of the same type bring processors that do neither).
PADDED_TO_SQUARE = {"llava"}


class ChatCaptioner(LocalCaptioner):
    """One user turn a picture, the picture first, laid out by the checkpoint's own chat template."""

    def inputs(self, images: list[Image.Image], prompt: str) -> "BatchFeature":
        image_processor = self.processor.image_processor
        if self.model.config.model_type in PADDED_TO_SQUARE and getattr(image_processor, "do_center_crop", False):
            images = [pad_to_square(image, image_processor.image_mean) for image in images]
        question = {"type": "text", "text": prompt}
        turns = [[{"role": "user", "content": [{"type": "image", "image": image}, question]}] for image in images]
        # Tokenized in one go, since only then a template that begins with <bos> does not get a second one.
        return self.processor.apply_chat_template(
            turns,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )


def pad_to_square(image: Image.Image, mean: list[float]) -> Image.Image:
    """The picture in the middle of a square of the mean colour (`mean` of each channel in [0, 1]), as LLaVA-1.5 saw."""
    side = max(image.size)
    square = Image.new("RGB", (side, side), tuple(int(255 * channel) for channel in mean))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def from_transformers(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    max_new_tokens: int = 72,
    trust_remote_code: bool = False,
) -> Captioner:
    """A checkpoint of either family: through its chat template where it has one, else as a plain captioner."""
    loaded = load_captioner(checkpoint, dtype, trust_remote_code)
    processor, _ = loaded
    family = ChatCaptioner if processor.chat_template else PlainCaptioner
    return family(checkpoint, loaded, device, max_new_tokens)


@dataclass(frozen=True)
class _Checkpoint:
    """A checkpoint on the hub, the licence of its weights, billions of them; `prompt` and `takes_prompt` as in
    `EncoderFacts`."""

    name: str
    licence: str
    billions: float
    prompt: str = ""
    takes_prompt: bool = True


_CHECKPOINTS = {
    # The paper's Qwen-VL-Chat is remote code that transformers 5 no longer runs; its successor stands in.
    "Qwen": _Checkpoint("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0", 8.8),
    "qwen3-vl": _Checkpoint("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0", 8.8),
    "qwen2.5-vl": _Checkpoint("Qwen/Qwen2.5-VL-7B-Instruct", "Apache-2.0", 8.3),
    "qwen2-vl": _Checkpoint("Qwen/Qwen2-VL-7B-Instruct", "Apache-2.0", 8.3),
    "llava": _Checkpoint("llava-hf/llava-1.5-7b-hf", "Llama 2 Community License", 7.1),
    # The paper leaves its length alone; this is the instruction that it was taught captioning with.
    "instructblip": _Checkpoint(
        "Salesforce/instructblip-vicuna-7b", "non-commercial (Vicuna)", 7.9, prompt="A short image description."
    ),
    "blip2": _Checkpoint("Salesforce/blip2-opt-2.7b", "MIT; OPT-2.7B non-commercial", 3.7, takes_prompt=False),
}

for _name, _checkpoint in _CHECKPOINTS.items():
    I2T.register(
        _name,
        needs=["transformers"],
        checkpoint=_checkpoint.name,
        licence=_checkpoint.licence,
        billions=_checkpoint.billions,
        prompt=_checkpoint.prompt,
        takes_prompt=_checkpoint.takes_prompt,
        takes_token_limit=True,
        options={"trust_remote_code": Option(bool, "run Python code that comes with a checkpoint")},
    )(from_transformers)
