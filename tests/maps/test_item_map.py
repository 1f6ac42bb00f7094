import numpy as np
import pytest
import torch
from skimage.transform import resize

from cmc.maps.clip_surgery import similarity_map
from cmc.maps.item_map import expand, item_map, shrink
from tests.golden import Golden, golden


@pytest.fixture(scope="module")
def data() -> Golden:
    return golden("misc_masks")


def _size(data: Golden, name: str) -> tuple[int, int]:
    width, height = data.config[name]
    return width, height


@pytest.mark.parametrize("name", ["square", "other"])
def test_maps_are_misc_s(data: Golden, name: str) -> None:
    size = _size(data, name)
    large = similarity_map(data.inputs["similarity"][:, 1:], size[::-1], (14, 14))[0].permute(2, 0, 1)
    step = 16 if name == "square" else 1
    levels = (large * 255).byte()
    gap = levels[:, ::step, ::step].int() - data.outputs[f"{name}.map_u8"].int()
    assert gap.abs().max() <= 1
    for item in range(3):
        small = shrink(levels[item].numpy() / 255)
        assert np.abs(small - data.outputs[f"{name}.level8"][item].numpy()).max() < 1e-4
        bits = item_map(large[item].numpy())
        assert np.array_equal(bits, data.outputs[f"{name}.mask8"][item].numpy())
        packed = np.packbits(expand(bits, size), axis=-1)
        assert np.array_equal(packed, data.outputs[f"{name}.mask_packed"][item].numpy())


@pytest.mark.parametrize("shape", [(8, 8), (64, 64), (50, 75), (201, 33), (9, 500), (8, 3), (5, 7), (1, 40), (1, 1)])
def test_shrinking_is_scikit_image_s(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).random(shape)
    assert np.abs(shrink(values) - resize(values, (8, 8), order=1, anti_aliasing=True)).max() < 1e-6


def test_an_item_that_is_everywhere_alike_is_nowhere() -> None:
    large = similarity_map(torch.full((1, 196, 1), 0.3), (30, 40), (14, 14))
    assert not large.any()
    assert not item_map(large[0, :, :, 0].numpy()).any()


def test_a_map_lies_on_its_side_of_a_long_picture() -> None:
    similar = np.zeros((100, 900))
    similar[:, 640:] = 1
    bits = item_map(similar)
    assert bits[:, 6:].all()
    assert not bits[:, :5].any()


def test_remainders_make_the_first_blocks_longer() -> None:
    bits = np.zeros((8, 8), bool)
    bits[0, 1] = True
    large = expand(bits, (19, 9))
    assert large.shape == (9, 19)
    assert np.argwhere(large).tolist() == [[0, 3], [0, 4], [0, 5], [1, 3], [1, 4], [1, 5]]


def test_a_picture_of_few_pixels_has_the_first_bits() -> None:
    assert np.array_equal(expand(np.eye(8, dtype=bool), (3, 2)), np.eye(2, 3, dtype=bool))
