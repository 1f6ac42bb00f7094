"""Chat models that see: Qwen-VL, LLaVA and whatever else brings a chat template."""

from typing import Any

from PIL import Image

from cmc.i2t.base import Captioner
from cmc.i2t.captioner import PlainCaptioner
from cmc.i2t.local import OPTIONS, LocalCaptioner, load
from cmc.registry import I2T

# Trained on pictures padded to a square, while the processors of their checkpoints cut the middle out.
PADDED_TO_SQUARE = {"llava"}


class ChatCaptioner(LocalCaptioner):
    """One user turn a picture, the picture first, laid out by the checkpoint's own chat template."""

    def inputs(self, images: list[Image.Image], prompt: str) -> Any:
        if self.model.config.model_type in PADDED_TO_SQUARE:
            images = [pad_to_square(image, self.processor.image_processor.image_mean) for image in images]
        turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]}
        text = self.processor.apply_chat_template([turn], add_generation_prompt=True, tokenize=False)
        return self.processor(text=[text] * len(images), images=images, padding=True, return_tensors="pt")


def pad_to_square(image: Image.Image, mean: list[float]) -> Image.Image:
    """The picture in the middle of a square of the mean colour (`mean` of each channel in [0, 1]), as LLaVA-1.5 saw."""
    side = max(image.size)
    square = Image.new("RGB", (side, side), tuple(int(255 * channel) for channel in mean))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def from_transformers(
    checkpoint: str, device: Any, dtype: Any, max_new_tokens: int = 72, trust_remote_code: bool = False
) -> Captioner:
    """A checkpoint of either family: through its chat template where it has one, else as a plain captioner."""
    loaded = load(checkpoint, dtype, trust_remote_code)
    family = ChatCaptioner if loaded[0].chat_template else PlainCaptioner
    return family(checkpoint, loaded, device, max_new_tokens)


# name: (checkpoint on the hub, licence of its weights)
_CHECKPOINTS = {
    # The paper's Qwen-VL-Chat is remote code that transformers 5 no longer runs; its successor stands in.
    "Qwen": ("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0"),
    "qwen3-vl": ("Qwen/Qwen3-VL-8B-Instruct", "Apache-2.0"),
    "qwen2.5-vl": ("Qwen/Qwen2.5-VL-7B-Instruct", "Apache-2.0"),
    "qwen2-vl": ("Qwen/Qwen2-VL-7B-Instruct", "Apache-2.0"),
    "llava": ("llava-hf/llava-1.5-7b-hf", "Llama 2 Community License"),
    "instructblip": ("Salesforce/instructblip-vicuna-7b", "non-commercial (Vicuna)"),
    "blip2": ("Salesforce/blip2-opt-2.7b", "MIT; OPT-2.7B non-commercial"),
}

for _name, (_checkpoint, _licence) in _CHECKPOINTS.items():
    I2T.register(_name, needs=["transformers"], checkpoint=_checkpoint, licence=_licence, options=OPTIONS)(
        from_transformers
    )
