"""DiffC on drawn scenes by the tiny model: real bytes, cut, decoded elsewhere, refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.codecs.base import Coded
from cmc.codecs.diffc import agreement
from cmc.codecs.diffc.codec import DiffC
from cmc.codecs.diffc.network import load_model
from cmc.codecs.diffc.step_coder import SentStep, StepEncoder
from cmc.codecs.diffc.walk import MOVES
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from cmc.scenes.render import render
from tests.codecs.diffc import TINY, codec

# Neither side a multiple of 8.
SIZE, LEVEL = (60, 51), 250


@pytest.fixture(scope="module")
def image() -> Image.Image:
    return render("NSI", 2_000_000, 64).image.crop((0, 0, *SIZE))


@pytest.fixture(scope="module")
def coded(image: Image.Image) -> Coded:
    return codec(LEVEL).code(image)


def _psnr(first: Image.Image, second: Image.Image) -> float:
    difference = np.asarray(first, float) - np.asarray(second, float)
    return float(-10 * np.log10((difference**2).mean() / 255**2))


def test_few_bits_come_near_to_the_picture(image: Image.Image, coded: Coded) -> None:
    # Noise alone, by the same model, is another picture.
    noise = codec(999)
    nothing = noise.encode(image)
    assert len(nothing) == 3
    assert 100 < 8 * len(coded.stream) < 600
    assert _psnr(coded.picture, image) > 20
    assert _psnr(noise.decode(nothing, SIZE), image) < 14


def test_bytes_and_picture_depend_on_nothing_that_a_process_has_of_its_own(image: Image.Image, coded: Coded) -> None:
    torch.manual_seed(7)
    other = DiffC(load_model(TINY, torch.device("cpu")), LEVEL, "")
    assert other.encode(image) == coded.stream
    torch.rand(3)
    assert other.decode(coded.stream, SIZE).tobytes() == coded.picture.tobytes()


def test_a_stream_is_cut_at_a_size_and_is_that_of_the_level_it_says(image: Image.Image, coded: Coded) -> None:
    level, stream = codec(999).encode_within(image, len(coded.stream) - 1)
    assert level > LEVEL
    assert len(stream) < len(coded.stream)
    assert stream == codec(level).encode(image)
    # Its steps are the first of the longer stream's.
    assert stream[3:-2] == coded.stream[3 : len(stream) - 2]
    assert codec(999).encode_within(image, 0) == (999, codec(999).encode(image))


def test_real_bytes_are_what_was_to_be_expected(image: Image.Image, coded: Coded) -> None:
    found = codec(LEVEL).estimate(image)
    assert found.coded == 8 * len(coded.stream)
    assert found.steps == coded.stream[2]
    assert found.chunks == 3 * found.steps
    # 24 bits of agreement and number, 4 of the first move, 1.5 of each other, 8 of the last byte.
    assert found.coded < found.zipf + 24 + 4 + 1.5 * found.steps + 8
    assert 0.7 * found.ideal < found.zipf < 1.3 * found.ideal


def _refused(stream: bytes, caption: str = "", size: tuple[int, int] = SIZE) -> None:
    with pytest.raises(CMCError, match="expected a DiffC stream of these weights, this caption and size"):
        codec(LEVEL, caption=caption).decode(stream, size)


def test_what_would_decode_to_noise_is_refused(
    coded: Coded, monkeypatch: pytest.MonkeyPatch, sd: Path, image: Image.Image
) -> None:
    _refused(coded.stream, caption="a boat")
    _refused(coded.stream, size=(51, 60))
    _refused(coded.stream[:-1])
    _refused(coded.stream[:2])
    _refused(coded.stream[:2] + bytes([coded.stream[2] - 1]) + coded.stream[3:])
    with pytest.raises(CMCError, match="these weights"):
        codec(LEVEL, checkpoint=str(sd)).decode(coded.stream, SIZE)
    monkeypatch.setattr(agreement, "VERSION", 2)
    _refused(coded.stream)


def test_other_generators_are_refused(coded: Coded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "_draws", lambda: b"of another machine")
    _refused(coded.stream)


def test_steps_beyond_the_last_level_are_refused() -> None:
    encoder, built = StepEncoder(), codec(LEVEL)
    for _ in range(3):
        encoder.add(SentStep(len(MOVES) - 1, [0, 0, 0], 0, 0.0))
    with pytest.raises(CMCError, match="beyond the last level"):
        built.decode(built._stream(encoder, 3, SIZE), SIZE)


def test_a_caption_is_read_on_both_sides(image: Image.Image, coded: Coded) -> None:
    caption = render("NSI", 2_000_000, 64).text
    captioned = codec(LEVEL, caption=caption).code(image)
    assert captioned.stream != coded.stream
    assert captioned.picture.tobytes() != coded.picture.tobytes()
    with pytest.raises(CMCError, match="this caption"):
        codec(LEVEL).decode(captioned.stream, SIZE)


def test_published_models_go_by_name() -> None:
    with pytest.raises(CMCError, match="stabilityai/stable-diffusion-2-1"):
        CODECS.get("diffc").create(checkpoint="sd21")
    with pytest.raises(CMCError, match="stable-diffusion-v1-5"):
        CODECS.get("diffc").create()
