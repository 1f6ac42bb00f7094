"""Samples by index: that they are of the Gaussian asked for, the same on both sides, and the same each time."""

import math

import torch

from cmc.codecs.diffc.channel import Channel, generator
from cmc.codecs.diffc.chunks import index_sizes


def _mean(bits: float, dims: int) -> torch.Tensor:
    """A mean whose divergence from N(0, I) is so many bits."""
    direction = torch.randn(dims, generator=generator("test"))
    return direction / direction.norm() * math.sqrt(2 * math.log(2) * bits)


def test_samples_are_of_the_gaussian_where_indices_have_places_enough() -> None:
    # A bit has 12 of index here. With two beyond what a chunk is worth, as in streams and upstream, samples fall short
    # of the mean by half a standard deviation. A book a sample, for chunks of a step share theirs.
    mean, count = _mean(1, 4), 160
    channels = [Channel(step, 4, (12,)) for step in range(count)]
    samples = torch.stack([channel.decode(channel.encode(mean)) for channel in channels])
    along = samples @ (mean / mean.norm())
    across = samples - along[:, None] * mean / mean.norm()
    assert abs(along.mean() - mean.norm()) < 4 / math.sqrt(count)
    assert abs(along.var() - 1) < 4 * math.sqrt(2 / count)
    assert abs(across.square().sum() / (3 * count) - 1) < 4 * math.sqrt(2 / 3 / count)


def test_indices_are_of_their_sizes_and_the_sample_is_decoded_from_them_alone() -> None:
    sizes = tuple(index_sizes(45, longest=12, padding=2))
    assert sizes == (11, 11, 11, 11, 11)
    mean = _mean(45, 203)
    indices = Channel(7, 203, sizes).encode(mean)
    assert len(indices) == 5
    assert all(0 <= index < 1 << 11 for index in indices)
    sample = Channel(7, 203, sizes).decode(indices)
    # Nearer to the mean than what was not asked for, and every dimension is filled.
    assert (sample - mean).square().mean() < (Channel(8, 203, sizes).decode(indices) - mean).square().mean()
    assert torch.isfinite(sample).all()


def test_the_same_mean_has_the_same_indices_and_another_step_others() -> None:
    mean, sizes = _mean(20, 64), (12, 12)
    assert Channel(1, 64, sizes).encode(mean) == Channel(1, 64, sizes).encode(mean)
    assert Channel(1, 64, sizes).encode(mean) != Channel(2, 64, sizes).encode(mean)


def test_a_shorter_index_has_no_place_for_late_candidates() -> None:
    for step in range(20):
        indices = Channel(step, 64, (8, 4)).encode(_mean(9, 64))
        assert indices[1] < 1 << 4


def test_the_first_numbers_of_a_book_are_as_ever() -> None:
    # Other numbers would be another format: VERSION in agreement.py.
    sample = Channel(0, 16, (6,)).decode([5])
    assert torch.allclose(sample[:4], torch.tensor([-1.2565, -1.2095, -0.7205, 0.8818]), atol=1e-4)
