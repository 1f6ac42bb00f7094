from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.core.modes import IMAGE_PROMPT
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.prompt_memory import PromptMemory
from tests.conftest import photo
from tests.families import load

CALLS = {"sd": (6, 12), "sdxl": (3, 6), "flux": (3, 6), "sd3": (6, 12), "qwen_image": (4, 12), "z_image": (6, 12)}
SIZE = (64, 32)
START = photo("coffee.png").resize(SIZE)
FULL, IMAGE, TEXT = Sampling("full", 0.5, 2), Sampling("image", 0.5, 2), Sampling("text", 1.0, 1)
CAPTIONS = [["a cup", "a red cup"], ["two cups", "a dog"]]


def requests(prompts: list[str], sampling: Sampling) -> list[Request]:
    start = None if sampling is TEXT else START
    return [Request(f"p{place}", prompt, SIZE, start, place) for place, prompt in enumerate(prompts)]


def run(decoder: PipelineDecoder) -> list[np.ndarray]:
    """All captions in full and text mode, and between them the image mode."""
    batches = [(prompts, FULL) for prompts in CAPTIONS]
    batches += [([IMAGE_PROMPT] * 2, IMAGE) for _ in CAPTIONS]
    batches += [(prompts, TEXT) for prompts in CAPTIONS]
    return [picture.pixels for batch in batches for picture in decoder.render(requests(*batch), batch[1])]


@pytest.mark.parametrize("family", CALLS)
def test_captions_are_encoded_once_for_all_modes_and_the_image_prompt_once(
    family: str, sd: Path, sdxl: Path, tiny: Callable[[str], Path]
) -> None:
    decoder = load({"sd": sd, "sdxl": sdxl}.get(family) or tiny(family))
    calls = []
    decoder._text_to_image.text_encoder.register_forward_hook(lambda *_: calls.append(1))
    remembered = run(decoder)
    once, calls[:] = len(calls), []
    decoder._prompts.get = lambda key, encode: encode()  # as it is without the memory
    plain = run(decoder)
    # Three things to read in six batches, and what guidance leads away from: with each, or by itself.
    assert (once, len(calls)) == CALLS[family]
    for first, second in zip(remembered, plain, strict=True):
        assert np.array_equal(first, second)


def test_pictures_of_another_guidance_or_neighbour_are_not_taken_for_the_same(sd: Path) -> None:
    decoder = load(sd)
    unguided = Sampling("text", 1.0, 1, guidance_scale=1.0)
    first = decoder.render(requests(["a cup"], TEXT), TEXT)
    other = decoder.render(requests(["a cup"], TEXT), unguided)
    fresh = load(sd).render(requests(["a cup"], TEXT), unguided)
    assert np.array_equal(other[0].pixels, fresh[0].pixels)
    assert not np.array_equal(first[0].pixels, other[0].pixels)


def test_a_full_memory_keeps_the_oldest_and_the_newest() -> None:
    memory, made = PromptMemory(limit=3 * 400), []

    def encode(key: str) -> Callable[[], torch.Tensor]:
        return lambda: (made.append(key), torch.full((100,), float(len(made))))[1]

    for key in ["a", "b", "c", "d", "d", "a", "b", "c"]:
        memory.get(key, encode(key))
    assert made == ["a", "b", "c", "d", "c"]


def test_what_is_larger_than_the_memory_passes_through() -> None:
    memory = PromptMemory(limit=100)
    large = torch.ones(100)
    assert memory.get("a", lambda: large) is large
    assert memory.get("b", lambda: [large, None])[1] is None


def test_what_is_made_of_pictures_is_made_each_time() -> None:
    class Pipeline:
        made = 0

        def encode_prompt(self, prompt: str, image: object = None) -> torch.Tensor:
            self.made += 1
            return torch.full((1,), float(self.made))

    pipeline = PromptMemory().serve(Pipeline())
    assert [float(pipeline.encode_prompt("a", image=START)) for _ in range(2)] == [1, 2]
    assert [float(pipeline.encode_prompt(prompt="a")) for _ in range(2)] == [3, 3]
    assert float(pipeline.encode_prompt("a", None)) == 3
