from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from tests import tiny_families
from tests.conftest import photo

TEXT = Sampling("text", 1.0, 2)
FULL = Sampling("full", 0.5, 4)
SIZE = (48, 32)
START = photo("coffee.png").resize(SIZE)
MAKERS = {"flux": tiny_families.flux, "sd3": tiny_families.sd3}


@pytest.fixture(scope="module")
def decoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PipelineDecoder]:
    """A decoder a family, each loaded once."""
    made = {family: make(tmp_path_factory.mktemp(family)) for family, make in MAKERS.items()}
    return {family: load(folder) for family, folder in made.items()}


def load(folder: Path) -> PipelineDecoder:
    return PipelineDecoder(str(folder), torch.device("cpu"), torch.float32)


def requests(count: int, start: bool) -> list[Request]:
    return [Request(f"p{i}", "a cup " * (1 + i), SIZE, START if start else None, 7 + i) for i in range(count)]


@pytest.mark.parametrize("sampling", [TEXT, FULL], ids=["text", "full"])
@pytest.mark.parametrize("family", MAKERS)
def test_a_picture_has_the_size_asked_for_and_is_the_same_alone_and_in_a_batch(
    family: str, sampling: Sampling, decoders: dict[str, PipelineDecoder]
) -> None:
    decoder, batch = decoders[family], requests(3, start=sampling is FULL)
    together = [picture.pixels for picture in decoder.render(batch, sampling)]
    for request, pixels in zip(batch, together, strict=True):
        alone = decoder.render([request], sampling)[0].pixels
        assert alone.shape == (32, 48, 3)
        assert np.abs(alone - pixels).max() <= 1 / 255
    assert np.abs(together[0] - together[1]).max() > 0.05


def test_sides_are_multiples_of_a_token_of_the_denoiser(decoders: dict[str, PipelineDecoder]) -> None:
    assert {family: decoder.multiple for family, decoder in decoders.items()} == dict.fromkeys(MAKERS, 16)
