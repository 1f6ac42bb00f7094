from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.registry import T2I
from cmc.stages.decode_settings import UNNAMED_FAMILY
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.families import family_of, with_family
from tests import tiny_families
from tests.conftest import photo
from tests.families import GENERATING, TEXT_ALONE, load

TEXT = Sampling("text", 1.0, 2)
FULL = Sampling("full", 0.5, 4)
SIZE = (64, 32)
START = photo("coffee.png").resize(SIZE)
WITH_MODES = [
    (family, mode) for family in GENERATING for mode in ("text", "full") if family not in TEXT_ALONE or mode == "text"
]
# What T5's own two tokens, or those of a chat, leave of the limit. A letter is a token of all encoders, and a space one
# of those that read furthest, but not of CLIP.
LETTERS = {"flux": 510, "sd3": 254, "qwen_image": 512, "z_image": 509, "sana": 298, "pixart_sigma": 298, "kolors": 253}


@pytest.fixture(scope="module")
def folders(tiny: Callable[[str], Path]) -> dict[str, Path]:
    return {family: tiny(family) for family in GENERATING}


@pytest.fixture(scope="module")
def decoders(folders: dict[str, Path]) -> dict[str, PipelineDecoder]:
    return {family: load(folder) for family, folder in folders.items()}


def requests(count: int, start: bool) -> list[Request]:
    return [Request(f"p{i}", "a cup " * (1 + i), SIZE, START if start else None, 7 + i) for i in range(count)]


def pixels(decoder: PipelineDecoder, prompt: str, guidance: float | None = None) -> np.ndarray:
    sampling = Sampling("text", 1.0, 2, guidance)
    return decoder.render([Request("p", prompt, SIZE, None, 7)], sampling)[0].pixels


@pytest.mark.parametrize(("family", "mode"), WITH_MODES)
def test_a_picture_has_the_size_asked_for_and_is_the_same_alone_and_in_a_batch(
    family: str, mode: str, decoders: dict[str, PipelineDecoder]
) -> None:
    sampling = {"text": TEXT, "full": FULL}[mode]
    decoder, batch = decoders[family], requests(3, start=sampling is FULL)
    together = [picture.pixels for picture in decoder.render(batch, sampling)]
    for request, picture in zip(batch, together, strict=True):
        alone = decoder.render([request], sampling)[0].pixels
        assert alone.shape == (32, 64, 3)
        assert np.abs(alone - picture).max() <= 1 / 255
    assert np.abs(together[0] - together[1]).max() > 0.05


def test_sides_are_multiples_of_a_token_of_the_denoiser(decoders: dict[str, PipelineDecoder]) -> None:
    expected = dict.fromkeys(GENERATING, 16) | {"sana": 32, "kolors": 8}
    assert {family: decoder.multiple for family, decoder in decoders.items()} == expected


@pytest.mark.parametrize("family", TEXT_ALONE)
def test_a_family_that_starts_from_text_alone_refuses_other_modes_before_it_generates(
    family: str, decoders: dict[str, PipelineDecoder]
) -> None:
    decoders[family].check(TEXT)
    with pytest.raises(CMCError, match=r"(Sana|PixArtSigma)Pipeline generates from text alone .*; ask for --mode text"):
        decoders[family].check(FULL)


@pytest.mark.parametrize("family", GENERATING)
def test_prompts_are_cut_where_the_encoder_that_reads_furthest_ends(
    family: str, decoders: dict[str, PipelineDecoder]
) -> None:
    decoder, length = decoders[family], LETTERS[family]
    assert [decoder.tokens_over("x" * letters) for letters in (1, length, length + 3)] == [0, 0, 3]
    assert decoder.tokens_over("xx " * (length // 3) + "xxxxxx") > 0
    whole = pixels(decoder, "x" * (length - 1) + "y")
    assert np.array_equal(pixels(decoder, "x" * (length - 1) + "y" + "z"), whole)
    assert not np.array_equal(pixels(decoder, "x" * length), whole)


def test_stable_diffusion_3_without_t5_reads_as_far_as_clip(tmp_path: Path) -> None:
    assert load(tiny_families.sd3(tmp_path, third=False)).tokens_over("x" * 80) == 5


@pytest.mark.parametrize(("family", "mode"), WITH_MODES)
def test_guidance_steers_and_is_the_familys_unless_given(
    family: str, mode: str, decoders: dict[str, PipelineDecoder]
) -> None:
    decoder, request = decoders[family], requests(1, start=mode == "full")[0]
    default = family_of(decoder.describe()["pipeline"]).guidance
    scales = (None, default, 1.5 * (default or 1))
    own, same, other = (decoder.render([request], Sampling(mode, 1.0, 2, scale))[0].pixels for scale in scales)
    assert np.array_equal(own, same)
    assert not np.array_equal(own, other)
    assert decoder.describe()["guidance_scale_default"] == default


@pytest.mark.parametrize(
    ("family", "facts"),
    [
        ("flux", ("bf16", 50, 3.5)),
        ("sd3", ("bf16", 28, 7.0)),
        ("qwen_image", ("bf16", 50, 4.0)),
        ("z_image", ("bf16", 50, 4.0)),
        ("sana", ("bf16", 20, 4.5)),
        ("pixart_sigma", ("fp16", 20, 4.5)),
        ("kolors", ("fp16", 50, 5.0)),
    ],
)
def test_a_folder_has_the_facts_of_its_family(
    family: str, facts: tuple[str, int, float], folders: dict[str, Path]
) -> None:
    entry = with_family(T2I.find("mine", "there", UNNAMED_FAMILY), str(folders[family]))
    assert (entry.facts.half, entry.facts.steps, entry.facts.guidance) == facts
    assert entry.facts.modes == ({"text"} if family in TEXT_ALONE else set(MODES))
    assert entry.facts.licence == "its own"


def test_unknown_families_and_registered_names_are_left_alone(sdxl: Path, folders: dict[str, Path]) -> None:
    mine = T2I.find("mine", "there", UNNAMED_FAMILY)
    assert with_family(mine, str(sdxl)) == with_family(mine, "./nowhere") == mine
    assert with_family(T2I.get("sdxl"), str(folders["flux"])) == T2I.get("sdxl")


@pytest.mark.parametrize("family", TEXT_ALONE)
def test_nothing_is_generated_larger_and_cropped(family: str, decoders: dict[str, PipelineDecoder]) -> None:
    decoder, noise = decoders[family], torch.Generator("cpu").manual_seed(7)
    options = {"width": 64, "height": 32, "num_inference_steps": 2, "guidance_scale": 4.5, "output_type": "np"}
    plain = decoder._text_to_image("a cup", generator=noise, use_resolution_binning=False, **options).images[0]
    assert np.abs(pixels(decoder, "a cup") - plain).max() < 1e-5


@pytest.mark.parametrize(("family", "mode"), WITH_MODES)
def test_half_precision_can_be_retried_with_an_fp32_vae(family: str, mode: str, folders: dict[str, Path]) -> None:
    decoder = load(folders[family], torch.bfloat16)
    request = requests(1, start=mode == "full")
    half = decoder.render(request, Sampling(mode, 0.5, 4))[0].pixels
    with decoder.full_precision():
        retried = decoder.render(request, Sampling(mode, 0.5, 4))[0].pixels
    assert np.abs(half - retried).mean() < 0.1
