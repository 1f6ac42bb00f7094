"""Captioners without a chat template: InstructBLIP, BLIP-2 and their kin."""

from typing import TYPE_CHECKING, Any

from PIL import Image

from cmc.i2t.transformers_captioner import LocalCaptioner

if TYPE_CHECKING:
    import torch
    from transformers import BatchFeature


class PlainCaptioner(LocalCaptioner):
    """The prompt as it is for a model that was taught to follow one, nothing but the picture for the others.

    InstructBLIP's Q-Former reads the instruction through a tokenizer of its own. The others were taught to caption
    what they see, and would write on where any prompt that they are given ends.
    """

    def __init__(self, checkpoint: str, loaded: tuple[Any, Any], device: "torch.device", max_new_tokens: int) -> None:
        super().__init__(checkpoint, loaded, device, max_new_tokens)
        self.takes_prompt = hasattr(self.processor, "qformer_tokenizer")
        if self.takes_prompt:
            # Unlike the language model, which goes on where a prompt ends, it reads from the left.
            self.processor.qformer_tokenizer.padding_side = "right"

    def inputs(self, images: list[Image.Image], prompt: str | list[str]) -> "BatchFeature":
        """`prompt` may also be one text a picture."""
        texts = [prompt] * len(images) if isinstance(prompt, str) else prompt
        if not self.takes_prompt:
            return self.processor(images=images, return_tensors="pt")
        return self.processor(images=images, return_tensors="pt", text=texts, padding=True)
