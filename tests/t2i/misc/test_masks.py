"""Masks and mixing against MISC's notebook."""

import numpy as np
import pytest
from torch import Tensor

from cmc.t2i.misc.masks import EDGES, hard, mix, soft
from tests.golden import Golden, golden


@pytest.fixture(scope="module")
def data() -> Golden:
    return golden("misc_masks")


def _size(size: Tensor) -> tuple[int, int]:
    width, height = size.tolist()
    return width, height


@pytest.mark.parametrize("masks", ["mix", "mix_soft"])
def test_passes_are_mixed_as_in_the_notebook(data: Golden, masks: str) -> None:
    picture = data.inputs[f"{masks}.start"].numpy()
    for item in range(3):
        picture = mix(
            data.inputs[f"{masks}.painted.{item}"].numpy(), picture, data.inputs[f"{masks}.masks"][item].numpy()
        )
        assert np.array_equal(picture, data.outputs[f"{masks}.step.{item}"].numpy())


def test_soft_edges_are_those_of_the_notebook(data: Golden) -> None:
    size, target = tuple(data.config["other"]), _size(data.outputs["other.decoder_size"])
    masks = [soft(bits.numpy().astype(bool), size, target) for bits in data.outputs["other.mask8"]]
    for mask, wanted in zip(masks, data.outputs["other.decoder_mask"].numpy(), strict=True):
        assert np.abs(np.clip(mask, 0, 255).astype(np.uint8).astype(int) - wanted).max() <= 1
    inverse = np.clip(255 - masks[0], 0, 255).astype(np.uint8).astype(int)
    assert np.abs(inverse - data.outputs["other.decoder_inverse.0"].numpy()).max() <= 1
    top, left = data.config["decoder_crop_yx"]
    crop = masks[0][top : top + 40, left : left + 40]
    assert np.abs(crop - data.outputs["other.decoder_mask_crop.0"].numpy()).max() <= 1e-3
    assert crop.min() < 0
    assert crop.max() > 255


def test_nothing_is_soft_at_the_notebook_s_own_size(data: Golden) -> None:
    size = _size(data.outputs["square.decoder_size"])
    assert size == (1024, 1024)
    for bits, packed in zip(data.outputs["square.mask8"], data.outputs["square.mask_packed"].numpy(), strict=True):
        wanted = np.unpackbits(packed, axis=1) * 255.0
        for edges in EDGES.values():
            assert np.array_equal(edges(bits.numpy().astype(bool), size, size), wanted)


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("target", [(603, 202), (1024, 342), (1528, 512), (75, 1024)])
def test_a_map_of_all_ones_takes_a_pass_whole_and_one_of_zeros_nothing(edges: str, target: tuple[int, int]) -> None:
    numbers = np.random.default_rng(0)
    new, old = (numbers.integers(0, 256, (target[1], target[0], 3), np.uint8) for _ in range(2))
    for bit, wanted in ((True, new), (False, old)):
        mask = EDGES[edges](np.full((8, 8), bit), (603, 202), target)
        assert np.array_equal(mix(new, old, mask), wanted)


def test_hard_edges_have_nothing_between() -> None:
    bits = np.random.default_rng(0).random((8, 8)) > 0.5
    mask = hard(bits, (603, 202), (1024, 342))
    assert mask.shape == (342, 1024)
    assert set(np.unique(mask)) == {0, 255}
    assert not np.array_equal(mask, soft(bits, (603, 202), (1024, 342)))
