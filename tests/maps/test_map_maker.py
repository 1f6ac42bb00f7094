from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import CLIPModel, CLIPTokenizer

from cmc.core.errors import CMCError
from cmc.maps import clip_surgery
from cmc.maps.item_map import item_map
from cmc.maps.map_maker import MapMaker
from cmc.maps.templates import sentences
from tests.conftest import photo
from tests.tiny_clip import PATCH, SIDE, save_clip

CPU = torch.device("cpu")
NAMES = ["coffee cup", "wooden table", "spoon"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def maker(checkpoint: Path) -> MapMaker:
    return MapMaker(str(checkpoint), CPU, torch.float32)


def _by_hand(checkpoint: Path, name: str) -> np.ndarray:
    """A name's map, its sentences padded to the full length as upstream pads them."""
    model, tokenizer = CLIPModel.from_pretrained(checkpoint).eval(), CLIPTokenizer.from_pretrained(checkpoint)
    image = photo("coffee.png")
    pixels = torch.from_numpy(np.asarray(image.resize((SIDE, SIDE), 3), np.float32) / 255).permute(2, 0, 1)
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    pixels = (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]

    def feature(text: str) -> torch.Tensor:
        tokens = tokenizer(sentences(text), padding="max_length", max_length=77, truncation=True, return_tensors="pt")
        return clip_surgery.text_feature(model, tokens.input_ids)

    with torch.no_grad():
        tokens = functional.normalize(clip_surgery.image_tokens(model, pixels[None]), dim=1)
        similar = clip_surgery.similarity(tokens, feature(name), feature(""))
    large = clip_surgery.similarity_map(similar[:, 1:], image.size[::-1], (SIDE // PATCH, SIDE // PATCH))
    return item_map(large[0, :, :, 0].numpy())


def test_maps_are_clip_surgery_s_of_the_squeezed_picture(checkpoint: Path, maker: MapMaker) -> None:
    maps = maker.maps_for(NAMES, photo("coffee.png"))
    assert maps.dtype == bool
    assert maps.shape == (3, 8, 8)
    for name, bits in zip(NAMES, maps, strict=True):
        assert np.array_equal(bits, _by_hand(checkpoint, name)), name
    assert len({bits.tobytes() for bits in maps}) == 3


def test_a_map_does_not_depend_on_what_else_is_named(maker: MapMaker) -> None:
    image = photo("chelsea.png")
    maps = maker.maps_for(NAMES, image)
    assert np.array_equal(maker.maps_for(NAMES[::-1], image), maps[::-1])
    assert np.array_equal(maker.maps_for(NAMES[:1], image), maps[:1])
    assert maker.maps_for([], image).shape == (0, 8, 8)


def test_any_shape_and_any_length_of_a_name(maker: MapMaker) -> None:
    for size in ((1, 1), (3, 200), (200, 7)):
        assert maker.maps_for(["long " * 100], photo("rocket.jpg").resize(size)).shape == (1, 8, 8)


def test_weights_that_do_not_fit_are_named(checkpoint: Path, tmp_path: Path) -> None:
    folder = save_clip(tmp_path)
    state = load_file(folder / "model.safetensors")
    del state["visual_projection.weight"]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CMCError, match="missing: visual_projection"):
        MapMaker(str(folder), CPU, torch.float32)
    (folder / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(CMCError, match="is no CLIP"):
        MapMaker(str(folder), CPU, torch.float32)
    with pytest.raises(CMCError, match="no folder"):
        MapMaker("./nowhere", CPU, torch.float32)


def test_half_precision_finds_nearly_the_same(checkpoint: Path, maker: MapMaker) -> None:
    image = photo("coffee.png")
    halves = MapMaker(str(checkpoint), CPU, torch.bfloat16).maps_for(NAMES, image)
    assert (halves == maker.maps_for(NAMES, image)).mean() > 0.8
