"""Captioners without a chat template: InstructBLIP, BLIP-2 and their kin."""

from typing import Any

from PIL import Image

from cmc.i2t.local import LocalCaptioner


class PlainCaptioner(LocalCaptioner):
    """The prompt as it is for a model that was taught to follow one, nothing but the picture for the others.

    InstructBLIP's Q-Former reads the instruction through a tokenizer of its own. The others were taught to caption
    what they see, and would write on where any words that they are given end.
    """

    def inputs(self, images: list[Image.Image], prompt: str) -> Any:
        # One prompt has one length: nothing is padded, neither on the Q-Former's side nor on the language model's.
        text = {"text": [prompt] * len(images)} if self.takes_prompt else {}
        return self.processor(images=images, return_tensors="pt", **text)

    @property
    def takes_prompt(self) -> bool:
        return hasattr(self.processor, "qformer_tokenizer")
