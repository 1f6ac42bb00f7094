"""Chat models that see: Qwen-VL, LLaVA and whatever else brings a chat template."""

from typing import TYPE_CHECKING, Any

from PIL import Image

from cmc.i2t.transformers_captioner import LocalCaptioner

if TYPE_CHECKING:
    from transformers import BatchFeature

# Trained on pictures padded to a square, while the processors of their checkpoints cut the middle out (newer models
# of the same type bring processors that do neither).
PADDED_TO_SQUARE = {"llava"}
# The variable of a chat template that lets a model think before it answers, which would spend the tokens of its
# caption; templates that know none refuse it.
THINKING = "enable_thinking"


class ChatCaptioner(LocalCaptioner):
    """One user turn a picture, the picture first, laid out by the checkpoint's own chat template."""

    def inputs(self, images: list[Image.Image], prompt: str) -> "BatchFeature":
        images = [as_seen(image, self.processor, self.model.config.model_type) for image in images]
        turns = [turn(prompt, image) for image in images]
        # Tokenized in one go, since only then a template that begins with <bos> does not get a second one.
        return self.processor.apply_chat_template(
            turns,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
            **thinking_off(self.processor),
        )


def turn(prompt: str, image: Image.Image) -> list[dict[str, Any]]:
    """What the user says: the picture, then the prompt."""
    return [{"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": prompt}]}]


def thinking_off(processor: Any) -> dict[str, bool]:
    """What tells a chat template, if it knows of thinking, that the model shall not."""
    return {THINKING: False} if THINKING in processor.chat_template else {}


def as_seen(image: Image.Image, processor: Any, model_type: str) -> Image.Image:
    """The picture as a model of this type is to be handed it."""
    pixels = processor.image_processor
    cut = model_type in PADDED_TO_SQUARE and getattr(pixels, "do_center_crop", False)
    return pad_to_square(image, pixels.image_mean) if cut else image


def pad_to_square(image: Image.Image, mean: list[float]) -> Image.Image:
    """The picture in the middle of a square of the mean colour (`mean` of each channel in [0, 1]), as LLaVA-1.5 saw."""
    side = max(image.size)
    square = Image.new("RGB", (side, side), tuple(int(255 * channel) for channel in mean))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
