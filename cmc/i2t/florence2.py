"""Florence-2: a task's token in place of a question."""

from typing import TYPE_CHECKING

from PIL import Image

from cmc.i2t.transformers_captioner import LocalCaptioner

if TYPE_CHECKING:
    from transformers import BatchFeature

# The longest of its three captions; its processor writes the task out.
TASK = "<MORE_DETAILED_CAPTION>"


class FlorenceCaptioner(LocalCaptioner):
    """Always asked for its task, the only thing that it was taught, whatever the prompt."""

    takes_prompt = False

    def inputs(self, images: list[Image.Image], prompt: str) -> "BatchFeature":
        return self.processor(images=images, text=[TASK] * len(images), return_tensors="pt", padding=True)
