"""Decoders that edit their reference, on tiny checkpoints."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FluxKontextPipeline

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.stages.decode_settings import UNNAMED_FAMILY, DecodeSettings
from cmc.t2i.base import Sampling
from cmc.t2i.families import with_family
from tests.families import SIZE, load, requests_of, sampling_of

QUICK = ("flux_kontext", "flux2", "flux2_klein")
NAMES = {
    "flux-kontext": "FLUX.1 Kontext",
    "flux2": "FLUX.2",
    "flux2-klein": "FLUX.2",
    "qwen-image-edit": "Qwen-Image-Edit",
    "qwen-image-edit-2509": "Qwen-Image-Edit",
    "instructpix": "InstructPix2Pix",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_the_modes_of_a_reference_and_no_strength(name: str) -> None:
    settings = DecodeSettings(T2I.get(name), "", 42, {})
    modes = settings.able_modes("all")
    assert [mode.name for mode in modes] == ["full", "image"]
    assert [settings.sampling(mode).strength for mode in modes] == [1.0, 1.0]
    with pytest.raises(CMCError, match=rf"{name} has no text mode; it has full, image"):
        settings.able_modes("text")
    with pytest.raises(CMCError, match=rf"--strength: {NAMES[name]}.* has no denoising strength: it always starts"):
        replace(settings, strength=0.5).check(modes)


@pytest.mark.parametrize(
    ("family", "steps", "guidance"),
    [
        ("flux_kontext", 28, 2.5),
        ("flux2", 50, 4.0),
        ("flux2_klein", 50, 4.0),
        ("qwen_image_edit", 50, 4.0),
        ("qwen_image_edit_plus", 50, 4.0),
    ],
)
def test_a_folder_has_the_facts_of_its_family(
    family: str, steps: int, guidance: float, tiny: Callable[[str], Path]
) -> None:
    facts = with_family(T2I.find("mine", "there", UNNAMED_FAMILY), str(tiny(family))).facts
    assert (facts.half, facts.steps, facts.guidance, facts.modes) == ("bf16", steps, guidance, {"full", "image"})
    assert "always starts from noise" in facts.no_strength


@pytest.mark.parametrize("sampling", [Sampling("text", 1.0, 2), Sampling("full", 0.5, 2)], ids=["text", "strength"])
def test_under_a_name_of_another_family_it_refuses_what_it_has_not(
    sampling: Sampling, tiny: Callable[[str], Path]
) -> None:
    decoder = T2I.get("flux-dev").create(str(tiny("flux_kontext")), torch.device("cpu"), torch.float32)
    with pytest.raises(CMCError, match="FluxKontextPipeline edits a reference, without a strength"):
        decoder.check(sampling)


def test_a_checkpoint_that_edits_nothing_does_not_go_by_its_name(tiny: Callable[[str], Path]) -> None:
    with pytest.raises(CMCError, match="FluxPipeline edits no reference; load it with another --model_name"):
        T2I.get("flux-kontext").create(str(tiny("flux")), torch.device("cpu"), torch.float32)


def test_the_reference_is_seen_at_its_own_size(tiny: Callable[[str], Path]) -> None:
    folder, request = tiny("flux_kontext"), requests_of("flux_kontext")[0]
    plain, noise = FluxKontextPipeline.from_pretrained(folder), torch.Generator("cpu").manual_seed(request.seed)
    size = {"width": SIZE[0], "height": SIZE[1], "max_area": SIZE[0] * SIZE[1], "_auto_resize": False}
    options = {"num_inference_steps": 2, "guidance_scale": 2.5, "output_type": "np"}
    wanted = plain(request.reference, request.prompt, generator=noise, **size, **options).images[0]
    made = load(folder).render([request], sampling_of("flux_kontext"))[0].pixels
    assert np.abs(made - wanted).max() < 1e-5


@pytest.mark.parametrize("family", [*QUICK, "qwen_image_edit_plus"])
def test_the_reference_and_the_prompt_are_seen(family: str, tiny: Callable[[str], Path]) -> None:
    decoder, sampling = load(tiny(family)), sampling_of(family, steps=1)
    one, other = requests_of(family)
    asked = [one, replace(one, reference=other.reference), replace(one, prompt=other.prompt)]
    pictures = [decoder.render([request], sampling)[0].pixels for request in asked]
    assert pictures[0].shape == (*SIZE[::-1], 3)
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("family", QUICK)
def test_guidance_steers_and_is_the_familys_unless_given(family: str, tiny: Callable[[str], Path]) -> None:
    decoder, request = load(tiny(family)), requests_of(family)[:1]
    default = decoder.describe()["guidance_scale_default"]
    scales = (None, default, 2 * default)
    own, same, other = (decoder.render(request, Sampling("full", 1.0, 2, scale))[0].pixels for scale in scales)
    assert np.array_equal(own, same)
    assert not np.array_equal(own, other)


# What T5's own token, or a chat's before the prompt, leaves of 512; FLUX.2's has a system message of its own.
@pytest.mark.parametrize(("family", "length"), [("flux_kontext", 510), ("flux2", 361), ("flux2_klein", 509)])
def test_prompts_are_cut_where_the_encoder_ends(family: str, length: int, tiny: Callable[[str], Path]) -> None:
    decoder, request = load(tiny(family)), requests_of(family)[0]

    def pixels(prompt: str) -> np.ndarray:
        return decoder.render([replace(request, prompt=prompt)], sampling_of(family, steps=1))[0].pixels

    assert [decoder.tokens_over("x" * letters) for letters in (1, length, length + 3)] == [0, 0, 3]
    whole = pixels("x" * (length - 1) + "y")
    assert np.array_equal(pixels("x" * (length - 1) + "y" + "z"), whole)
    assert not np.array_equal(pixels("x" * length), whole)


@pytest.mark.parametrize("family", ["flux_kontext", "flux2_klein"])
def test_half_precision_can_be_retried_with_an_fp32_vae(family: str, tiny: Callable[[str], Path]) -> None:
    decoder, request = load(tiny(family), torch.bfloat16), requests_of(family)[:1]
    unguided = Sampling("full", 1.0, 1, 1.0)
    half = decoder.render(request, unguided)[0].pixels
    with decoder.full_precision():
        retried = decoder.render(request, unguided)[0].pixels
    assert half.shape == retried.shape == (*SIZE[::-1], 3)
    assert np.abs(half - retried).mean() < 0.1
