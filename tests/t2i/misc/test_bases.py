"""MISC's recipe over other decoders than DiffBIR."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.maps.item_map import expand
from cmc.registry import T2I
from cmc.t2i.base import Guide, Request, Sampling
from cmc.t2i.misc.recipe import MiscDecoder
from tests.conftest import photo
from tests.t2i.misc.test_misc import Watched

SIZE = (64, 48)
SAMPLING = Sampling("pixel", strength=1.0, steps=2, guidance_scale=7.0)


def make(base: Path | str, dtype: torch.dtype = torch.float32, **options: object) -> MiscDecoder:
    decoder: MiscDecoder = T2I.get("misc").create("", torch.device("cpu"), dtype, base=str(base), **options)
    return decoder


def asked(*guides: Guide) -> Request:
    return Request("coffee.png", "a cup", SIZE, photo("coffee.png").resize(SIZE), 1, guides)


@pytest.mark.parametrize("family", ["sdxl", "flux"])
def test_a_diffusers_pipeline_generates_items_where_they_are(
    sdxl: Path, tiny: Callable[[str], Path], family: str
) -> None:
    decoder = make(sdxl if family == "sdxl" else tiny(family), item_steps=2)
    base = Watched(decoder._base)
    where = np.zeros((8, 8), bool)
    where[2:6, 1:4] = True
    request = asked(Guide("a red cup", where))
    watching = MiscDecoder(base, decoder._recipe, {})
    watching.check(SAMPLING)
    (picture,) = watching.render([request], SAMPLING)
    (item, of_item), (whole, of_whole) = base.asked
    assert (item.prompt, whole.prompt) == ("a red cup", "a cup")
    assert (of_item.guidance_scale, of_whole.guidance_scale) == (3.5, 7.0)
    assert of_item.strength == of_whole.strength == 0.8  # of the mode: these have one
    changed = (np.asarray(item.reference) != np.asarray(whole.reference)).any(-1)
    inside = expand(where, SIZE)
    assert not changed[~inside].any()
    assert changed[inside].mean() > 0.9
    alone = decoder._base.render([whole], of_whole)[0]
    assert np.array_equal(picture.pixels, alone.pixels)


def test_a_registered_decoder_is_a_base_by_its_name(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = T2I.get("sdxl")
    local = replace(entry, facts=replace(entry.facts, checkpoint=str(sdxl)))
    monkeypatch.setitem(T2I._entries, "sdxl", local)
    about = make("sdxl").describe()
    assert about["base"] == "sdxl"
    assert about["checkpoint"] == str(sdxl)
    assert about["item_steps"] == 6


def test_bf16_is_asked_for_where_a_base_needs_it(tiny: Callable[[str], Path]) -> None:
    with pytest.raises(CMCError, match=r"generates in bf16; give --dtype bf16"):
        make(tiny("flux"), torch.float16)


@pytest.mark.parametrize("name", ["pasd", "misc", "sana", "flux-kontext", "reference"])
def test_a_base_without_a_strength_is_refused(name: str) -> None:
    with pytest.raises(CMCError, match=rf"^--base {name}: expected diffbir, or a decoder with a strength in the full"):
        make(name)


def test_only_diffbir_mixes_in_the_latent() -> None:
    with pytest.raises(CMCError, match="--mixing latent: sdxl mixes pictures alone; leave it out, or take --base diff"):
        make("sdxl", mixing="latent")


def test_a_pass_over_an_item_has_a_step_to_run(sdxl: Path) -> None:
    with pytest.raises(CMCError, match=r"--item_steps 1 at strength 0\.8 leaves no step to run; raise it"):
        make(sdxl, item_steps=1).check(SAMPLING)
