import numpy as np
import pytest

from cmc.core.bootstrap import draw_counts, interval, resampled_means


def test_counts_are_whole_resamples_and_seeded() -> None:
    counts = draw_counts(50, resamples=20)
    assert counts.shape == (20, 50)
    assert (counts.sum(axis=1) == 50).all()
    assert np.array_equal(counts, draw_counts(50, resamples=20))
    assert not np.array_equal(counts, draw_counts(50, resamples=20, seed=1))


def test_means_are_those_of_the_resampled_images() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(30, 2))
    values[4, 1] = np.nan
    counts = draw_counts(30, resamples=10)
    means = resampled_means(counts, values)
    for count, mean in zip(counts.astype(int), means, strict=True):
        drawn = np.repeat(values, count, axis=0)
        assert mean == pytest.approx(np.nanmean(drawn, axis=0))


def test_interval_agrees_with_scipy() -> None:
    from scipy.stats import bootstrap

    values = np.random.default_rng(5).gamma(2.0, size=400)
    low, high = interval(resampled_means(draw_counts(400), values[:, None])[:, 0])
    other = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", random_state=7).confidence_interval
    assert (low, high) == pytest.approx((other.low, other.high), abs=0.01)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_differences_of_paired_columns_are_narrow() -> None:
    """One table of counts for all targets: what is hard for both cancels in their difference."""
    hard = np.random.default_rng(1).normal(size=(200, 1))
    draws = resampled_means(draw_counts(200), hard + np.array([[0.0, 0.1]]))
    low, high = interval(draws[:, 1] - draws[:, 0])
    assert (low, high) == pytest.approx((0.1, 0.1))
    assert np.subtract(*interval(draws[:, 0])[::-1]) > 0.2
