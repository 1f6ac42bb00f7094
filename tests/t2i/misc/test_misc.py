"""MISC whole: the released layout in, pictures out. Faults are those of the published code."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.images import RESAMPLING
from cmc.maps.item_map import expand
from cmc.registry import T2I
from cmc.stages.decode_settings import DecodeSettings
from cmc.stages.job_requests import start_image
from cmc.t2i.base import Decoder, Guide, Picture, Request, Sampling
from cmc.t2i.misc.recipe import MiscDecoder
from tests import tiny_ldm
from tests.conftest import photo

SIZE = (64, 40)
SAMPLING = Sampling("full", strength=1.0, steps=2, guidance_scale=7.0)


def some(bits: Sequence[int]) -> np.ndarray:
    """A map, from the left."""
    where = np.zeros((8, 8), bool)
    where[:, list(bits)] = True
    return where


EVERYWHERE, NOWHERE, RIGHT = some(range(8)), some([]), some([5, 6, 7])
ITEMS = (Guide("a red cup", some([1, 2])), Guide("two owls", RIGHT), Guide("dark beans on a table", some([4])))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_ldm.diffbir(tmp_path_factory.mktemp("misc"), "v1-full")


def make(checkpoint: Path, **options: Any) -> MiscDecoder:
    """A decoder that enlarges to 40 pixels."""
    options = {"item_steps": 2, "head_width": 16} | options
    decoder: MiscDecoder = T2I.get("misc").create(str(checkpoint), torch.device("cpu"), torch.float32, **options)
    decoder._recipe = replace(decoder._recipe, short_edge=40)
    return decoder


@pytest.fixture(scope="module")
def decoder(folder: Path) -> MiscDecoder:
    return make(folder)


def asked(
    *guides: Guide, name: str = "coffee.png", size: tuple[int, int] = SIZE, seed: int = 1, prompt: str = "a cup"
) -> Request:
    return Request(name, prompt, size, photo(name).resize(size), seed, guides)


def render(decoder: MiscDecoder, *requests: Request) -> np.ndarray:
    """The first picture."""
    return decoder.render(list(requests), SAMPLING)[0].pixels


class Watched(Decoder):
    """A base that keeps what it was asked for."""

    def __init__(self, base: Decoder) -> None:
        self.base, self.asked = base, list[tuple[Request, Sampling]]()

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        self.asked += [(request, sampling) for request in requests]
        return self.base.render(requests, sampling)


@pytest.fixture
def watched(decoder: MiscDecoder) -> tuple[MiscDecoder, Watched]:
    """The decoder, and the base that it now has in between."""
    return watch(decoder)


def watch(decoder: MiscDecoder) -> tuple[MiscDecoder, Watched]:
    base = Watched(decoder._base)
    return MiscDecoder(base, decoder._recipe, {}), base


def before_the_last_pass(decoder: MiscDecoder, request: Request) -> np.ndarray:
    """What the items made of a picture; random weights hardly look at it in the last pass."""
    decoder, base = watch(decoder)
    render(decoder, request)
    return np.asarray(base.asked[-1][0].reference).astype(int)


def test_the_recipe_is_the_published_one(folder: Path) -> None:
    decoder = T2I.get("misc").create(str(folder), torch.device("cpu"), torch.float32, head_width=16)
    facts, recipe, base = T2I.get("misc").facts, decoder._recipe, decoder._base
    assert (recipe.steps, recipe.guidance_scale, recipe.short_edge, recipe.map_edges) == (3, 3.5, 1024, "soft")
    assert (facts.steps, facts.guidance, facts.items, facts.modes) == (40, 7.0, 3, {"full", "image", "pixel"})
    assert recipe.steps * facts.items + facts.steps == 49
    assert base.scheduler(recipe.steps).timesteps.tolist() == [999, 500, 0]
    assert decoder.describe()["negative_prompt"] == "Blurry, Low Quality"
    assert decoder.describe()["mixing"] == "picture"
    assert base.tile.size == 128  # in one piece up to 1024 pixels


def test_each_item_is_asked_for_in_its_order_and_then_the_whole(watched: tuple[MiscDecoder, Watched]) -> None:
    decoder, base = watched
    render(decoder, asked(*ITEMS))
    texts = [(request.prompt, sampling.steps, sampling.guidance_scale) for request, sampling in base.asked]
    assert texts == [(guide.detail, 2, 3.5) for guide in ITEMS] + [("a cup", 2, 7.0)]
    assert len({request.seed for request, _ in base.asked}) == 4
    assert base.asked[-1][0].seed == 1
    assert {request.size for request, _ in base.asked} == {SIZE}


def test_a_pass_starts_from_the_picture_of_the_pass_before(watched: tuple[MiscDecoder, Watched]) -> None:
    decoder, base = watched
    decoder._recipe = replace(decoder._recipe, map_edges="hard")
    render(decoder, asked(*ITEMS))
    pictures = [np.asarray(request.reference) for request, _ in base.asked]
    assert np.array_equal(pictures[0], np.asarray(asked().reference))
    for before, after, guide in zip(pictures, pictures[1:], ITEMS, strict=False):
        inside = expand(guide.where, SIZE)
        assert (before != after).any(-1)[inside].mean() > 0.9
        assert np.array_equal(before[~inside], after[~inside])


@pytest.mark.parametrize("mixing", ["picture", "latent"])
@pytest.mark.parametrize("edges", ["hard", "soft"])
def test_an_item_that_is_nowhere_leaves_the_picture_and_one_everywhere_takes_the_pass(
    folder: Path, edges: str, mixing: str
) -> None:
    decoder, base = watch(make(folder, map_edges=edges, mixing=mixing))
    render(decoder, asked(Guide("a red cup", NOWHERE), Guide("two owls", EVERYWHERE)))
    (first, _), (second, sampling), (last, _) = base.asked
    assert np.array_equal(np.asarray(first.reference), np.asarray(second.reference))
    alone = make(folder)._base.render([second], sampling)[0].pixels
    assert np.array_equal(np.asarray(last.reference), np.round(alone * 255))


def test_a_picture_without_items_is_the_base_s(decoder: MiscDecoder) -> None:
    assert np.array_equal(render(decoder, asked()), decoder._base.render([asked()], SAMPLING)[0].pixels)


def test_a_small_picture_is_generated_large_and_comes_back_small(watched: tuple[MiscDecoder, Watched]) -> None:
    decoder, base = watched
    small = asked(ITEMS[0], size=(48, 24))
    pixels = render(decoder, small)
    assert pixels.shape == (24, 48, 3)
    assert [request.size for request, _ in base.asked] == [(80, 40)] * 2
    start = base.asked[0][0].reference
    assert np.array_equal(np.asarray(start), np.asarray(small.reference.resize((80, 40), RESAMPLING)))


@pytest.mark.parametrize("size", [(64, 64), (72, 40), (32, 56)])
def test_fault_5_any_size_is_generated_where_it_was_asked_for(decoder: MiscDecoder, size: tuple[int, int]) -> None:
    pixels = render(decoder, asked(*ITEMS[:1], size=size))
    assert pixels.shape == (size[1], size[0], 3)
    assert np.isfinite(pixels).all()


def test_fault_6_what_was_added_to_a_side_is_cut_off_again(folder: Path) -> None:
    decoder = make(folder)
    decoder._base._degradation_removal = lambda images: images  # type: ignore[attr-defined]
    pixels = np.zeros((56, 72, 3), np.uint8)  # which are filled up to 64 and 128
    pixels[40:] = pixels[:, 48:] = 255
    request = replace(asked(ITEMS[0]), size=(72, 56), reference=Image.fromarray(pixels))
    made = np.round(render(decoder, request) * 255)
    filled = np.pad(pixels, ((0, 8), (0, 56), (0, 0)))
    squashed = [filled, filled[:56], filled[:, :72]]
    others = [np.asarray(Image.fromarray(wrong).resize((72, 56))) for wrong in squashed]
    gap, *gaps = (np.abs(made - wanted).mean() for wanted in [pixels, *others])
    assert gap < 0.8 * min(gaps)


def test_fault_1_a_pixel_grid_is_a_start_like_any(decoder: MiscDecoder, tmp_path: Path) -> None:
    photo("coffee.png").resize((4, 3)).save(tmp_path / "grid.png")
    start = start_image(tmp_path / "grid.png", (256, 192), (64, 48))
    request = replace(asked(*ITEMS), size=(64, 48), reference=start)
    settings = DecodeSettings(T2I.get("misc"), "", 42, {}, steps=2)
    pixel = settings.sampling(settings.able_modes("pixel")[0])
    decoder.check(pixel)
    pixels = decoder.render([request], pixel)[0].pixels
    assert pixels.shape == (48, 64, 3)
    assert pixels.std() > 0.01


def test_a_batch_of_unequal_pictures_is_each_as_if_alone(decoder: MiscDecoder) -> None:
    requests = [asked(*ITEMS[:count], seed=count) for count in (2, 0)]
    together = decoder.render(requests, SAMPLING)
    for picture, request in zip(together, requests, strict=True):
        assert np.array_equal(picture.pixels, render(decoder, request))


def test_every_item_changes_the_picture(decoder: MiscDecoder) -> None:
    pictures = [render(decoder, asked(*ITEMS[:count])) for count in range(4)]
    for fewer, more in pairwise(pictures):
        assert not np.array_equal(fewer, more)


@pytest.mark.parametrize(
    "options", [{"map_edges": "hard"}, {"mixing": "latent"}, {"item_guidance": 1.0}, {"item_steps": 1}], ids=str
)
def test_an_option_changes_what_an_item_becomes(folder: Path, decoder: MiscDecoder, options: dict[str, Any]) -> None:
    request = asked(ITEMS[1], size=(72, 36))  # which is enlarged, so that edges may be soft
    made = [before_the_last_pass(either, request) for either in (decoder, make(folder, **options))]
    assert np.abs(made[0] - made[1]).max() > 1


def test_a_detail_is_read(decoder: MiscDecoder) -> None:
    made = [before_the_last_pass(decoder, asked(Guide(detail, RIGHT))) for detail in ("a red cup", "two owls")]
    assert np.abs(made[0] - made[1]).max() > 1


def test_fault_10_a_picture_is_its_seed_s(decoder: MiscDecoder) -> None:
    torch.manual_seed(0)
    one = render(decoder, asked(*ITEMS[:1], seed=5))
    torch.manual_seed(1)
    assert np.array_equal(one, render(decoder, asked(*ITEMS[:1], seed=5)))
    assert np.abs(one - render(decoder, asked(*ITEMS[:1], seed=6))).max() > 1e-2


def test_fault_9_tokens_are_counted_of_every_text_by_itself(decoder: MiscDecoder) -> None:
    short, long = "a cup", "very " * 40
    over = decoder.tokens_over(long)
    assert over > 0
    assert decoder.tokens_over(short) == 0
    # A tokenizer without merges reads a token a letter: together these are too long, each by itself is not.
    lines = "\n".join(["a red cup of coffee beside a spoon"] * 4)
    assert decoder.tokens_over(lines.replace("\n", " ")) > 0
    assert decoder.tokens_over(lines) == 0
    assert decoder.tokens_over(f"{short}\n{long}\n{short}") == over


def test_fault_8_the_whole_model_is_named_and_nothing_less_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"no folder .*; download from https://.*general_full_v1\.ckpt, the whole model"):
        make(tmp_path / "none")
    control = tiny_ldm.diffbir(tmp_path, "v1") / "v1_general.pth"
    whole = r"has none of general_full_v1\.ckpt; download https://huggingface.co/lxq007/DiffBIR/resolve/main/general_"
    with pytest.raises(CMCError, match=whole):
        make(tmp_path)
    control.rename(tmp_path / "general_full_v1.ckpt")
    with pytest.raises(CMCError, match=r"general_full_v1\.ckpt "):
        make(tmp_path)


def test_an_overflow_of_an_item_s_pass_is_told_and_not_painted_over(decoder: MiscDecoder) -> None:
    class Overflowing(Watched):
        def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
            return [Picture(picture.pixels * np.float32("nan")) for picture in super().render(requests, sampling)]

    base = Overflowing(decoder._base)
    pixels = render(MiscDecoder(base, decoder._recipe, {}), asked(*ITEMS))
    assert len(base.asked) == 1
    assert pixels.shape == (40, 64, 3)
    assert np.isnan(pixels).all()


def test_steps_that_cannot_be_run_are_told_with_their_flag(folder: Path) -> None:
    with pytest.raises(CMCError, match=r"^--item_steps 1001: DDPMScheduler has 1000 steps"):
        make(folder, item_steps=1001).check(SAMPLING)
    with pytest.raises(CMCError, match=r"^--steps 1001: DDPMScheduler has 1000 steps"):
        make(folder).check(replace(SAMPLING, steps=1001))
