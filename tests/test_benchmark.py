"""The benchmark's constants, each stated once more, so that none changes unnoticed (CMC-Bench; its published scripts).

Those of codecs stand in codecs/test_constants.py, rounding and the spreading of pixel grids in stages/test_decode.py.
"""

import numpy as np
import pytest

from cmc.codecs import grid_geometry
from cmc.core.images import render_size
from cmc.core.modes import MODES
from cmc.i2t.prompts import PROMPTS
from cmc.registry import I2T, T2I
from cmc.stages.caption_settings import DEFAULT_ENCODER, CaptionSettings
from cmc.stages.decode_jobs import DEFAULT_CAPTIONS
from cmc.stages.decode_settings import DEFAULT_DECODER, DecodeSettings
from cmc.stages.make_references import QP, pixel_kind
from cmc.t2i.base import Decoder

GENERATIVE = ["animate", "dreamlike", "pg20", "pg25", "real", "sd15", "sdxl", "ssd-1b"]
# The authors' own schedules.
RESTORATIVE = {"diffbir": 50, "pasd": 20, "stablesr": 200, "instructpix": 40}


def test_modes_are_what_section_3_2_and_the_published_script_say() -> None:
    assert {name: (mode.reference, mode.strength) for name, mode in MODES.items()} == {
        "full": ("image", 0.5),
        "image": ("image", 0.5),
        "pixel": ("pixel", 0.8),
        "text": (None, 1.0),
    }
    assert [name for name, mode in MODES.items() if not mode.captioned] == ["image"]
    assert MODES["image"].prompt == "High quality, masterpiece, clean, high-resolution, 8k"


@pytest.mark.parametrize("name", [*GENERATIVE, *RESTORATIVE])
def test_a_decoder_runs_the_published_steps_at_the_published_strength(name: str) -> None:
    settings = DecodeSettings(T2I.get(name), "", 42, {})
    for mode in settings.able_modes("all"):
        sampling = settings.sampling(mode)
        assert sampling.steps == RESTORATIVE.get(name, 40)
        assert sampling.strength == (1.0 if name in RESTORATIVE else mode.strength)
        assert sampling.guidance_scale is None


def test_encoders_are_asked_what_appendix_a_4_says() -> None:
    assert PROMPTS == {
        5: "Generate an informative paragraph in 5 words based on the image.",
        10: "Generate an informative paragraph in 10 words based on the image. Considering Light, Color.",
        20: "Generate an informative paragraph in 20 words based on the image. Considering Light, Color, Clarity.",
        50: "Generate an informative paragraph in 50 words based on the image. "
        "Considering Light, Color, Clarity, Dense Caption, and Region Semantic.",
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [("gpt-4o", 20), ("mplug-owl2", 20), ("Qwen", 10), ("llava", 10), ("sharegpt4v", 10)],
)
def test_an_encoder_is_asked_for_the_length_that_the_paper_chose(name: str, words: int) -> None:
    assert CaptionSettings(I2T.get(name), "", None, 42, {}).prompt == PROMPTS[words]


def test_the_defaults_are_those_of_the_published_scripts() -> None:
    assert (DEFAULT_ENCODER, DEFAULT_DECODER, DEFAULT_CAPTIONS[0]) == ("Qwen", "real", "gpt4v.csv")
    assert T2I.get("real").facts.checkpoint == "SG161222/RealVisXL_V4.0"


def test_references_are_of_qp_53_and_of_one_pixel_a_block_of_64_in_16_levels() -> None:
    assert QP == 53
    assert (grid_geometry.BLOCK, grid_geometry.LEVELS) == (64, 16)
    assert pixel_kind().settings == {"block": 64, "bits": 4}


def published_size(size: tuple[int, int]) -> tuple[int, int]:
    """The published script scales the longest side to 1024 and rounds to pixels; diffusers cuts to multiples of 8."""
    width, height = (int(np.round(side / max(size) * 1024)) for side in size)
    return width - width % 8, height - height % 8


def sizes() -> list[tuple[int, int]]:
    common = [(1024, 1024), (1920, 1080), (768, 512), (640, 480), (500, 375), (640, 427), (427, 640), (1000, 677)]
    return [*common, *((1024, side) for side in range(64, 1025, 7)), *((side, 999) for side in range(100, 999, 31))]


def test_pictures_are_generated_at_the_published_sizes() -> None:
    assert Decoder.max_side == 1024
    assert [render_size(size, 1024, 8) for size in sizes()] == [published_size(size) for size in sizes()]
