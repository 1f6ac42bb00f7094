"""The tiny checkpoints by family, and what tests ask of all of them."""

from pathlib import Path

import torch

from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.editing import load_decoder
from tests import tiny_chat_families, tiny_editing, tiny_families, tiny_kolors, tiny_qwen_edit, tiny_text_families
from tests.conftest import photo

GENERATING = {
    "flux": tiny_families.flux,
    "sd3": tiny_families.sd3,
    "qwen_image": tiny_chat_families.qwen_image,
    "z_image": tiny_chat_families.z_image,
    "sana": tiny_text_families.sana,
    "pixart_sigma": tiny_text_families.pixart_sigma,
    "kolors": tiny_kolors.kolors,
}
EDITING = {
    "flux_kontext": tiny_editing.flux_kontext,
    "flux2": tiny_editing.flux2,
    "flux2_klein": tiny_editing.flux2_klein,
    "qwen_image_edit": tiny_qwen_edit.qwen_image_edit,
    "qwen_image_edit_plus": tiny_qwen_edit.qwen_image_edit_plus,
}
MAKERS = GENERATING | EDITING
# Qwen-Image-Edit's second edition goes the way of the first, and both are slow.
DISTINCT = [family for family in MAKERS if family != "qwen_image_edit_plus"]
TEXT_ALONE = ("sana", "pixart_sigma")
# No square, and no size that any of them was trained at; but a multiple of all their latents'.
SIZE = (192, 64)
PHOTOS = ("coffee.png", "chelsea.png")


def load(folder: Path, dtype: torch.dtype = torch.float32) -> PipelineDecoder:
    """The decoder of a checkpoint, on the CPU."""
    return load_decoder(str(folder), torch.device("cpu"), dtype)


def sampling_of(family: str, steps: int = 2) -> Sampling:
    """A family's hardest mode."""
    if family in TEXT_ALONE:
        return Sampling("text", 1.0, steps)
    return Sampling("full", 1.0 if family in EDITING else 0.5, steps)


def requests_of(family: str, count: int = 2) -> list[Request]:
    """Of two photographs in turn, with prompts of several lengths and seeds of their own."""
    starts = [photo(name).resize(SIZE) for name in PHOTOS]
    return [
        Request(f"p{i}", "a cup " * (1 + i), SIZE, None if family in TEXT_ALONE else starts[i % 2], 7 + i)
        for i in range(count)
    ]
