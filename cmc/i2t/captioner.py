"""Captioners without a chat template: InstructBLIP, BLIP-2 and their kin."""

from typing import Any

from PIL import Image

from cmc.i2t.local import LocalCaptioner

# These were taught to follow an instruction; the others to caption what they see, and would go on with any words.
INSTRUCTED = {"instructblip"}


class PlainCaptioner(LocalCaptioner):
    """The prompt as it is for a model that takes one, and nothing but the picture for one that does not."""

    def inputs(self, images: list[Image.Image], prompt: str) -> Any:
        text = prompt if self.model.config.model_type in INSTRUCTED else ""
        return self.processor(images=images, text=[text] * len(images), padding=True, return_tensors="pt")
