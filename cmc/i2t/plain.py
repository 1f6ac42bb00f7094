"""Captioners without a chat template: InstructBLIP, BLIP-2 and their kin."""

from typing import Any

from PIL import Image

from cmc.i2t.transformers_captioner import LocalCaptioner


class PlainCaptioner(LocalCaptioner):
    """The prompt as it is for a model that was taught to follow one, nothing but the picture for the others.

    InstructBLIP's Q-Former reads the instruction through a tokenizer of its own. The others were taught to caption
    what they see, and would write on where any words that they are given end.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.takes_prompt:
            # Unlike the language model, which goes on where a prompt ends, it reads from the left.
            self.processor.qformer_tokenizer.padding_side = "right"

    def inputs(self, images: list[Image.Image], prompt: str | list[str]) -> Any:
        """`prompt` may also be one text a picture."""
        texts = [prompt] * len(images) if isinstance(prompt, str) else prompt
        words = {"text": texts, "padding": True} if self.takes_prompt else {}
        return self.processor(images=images, return_tensors="pt", **words)

    @property
    def takes_prompt(self) -> bool:
        return hasattr(self.processor, "qformer_tokenizer")
