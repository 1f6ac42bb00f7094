"""Agreement of metrics with people: resampled correlations are those of the resampled pictures; differences; Holm's
correction; the curve."""

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr
from scipy.stats import t as student

from cmc.core.bootstrap import draw_counts
from cmc.raters.agreement import agreements, holm, srcc_differences
from cmc.raters.correlation_draws import kendall_draws, pearson_draws, spearman_draws
from cmc.raters.logistic import fitted

RNG = np.random.default_rng(11)
TRUTHS = [f"NSI_pgc_{number % 12:03}" for number in range(90)]
_, GROUPS = np.unique(TRUTHS, return_inverse=True)
MOS = RNG.normal(2.5, 0.8, 90).round(1)  # with ties
SCORES = (MOS + RNG.normal(0, 0.7, 90)).round(1)


@pytest.mark.parametrize(
    ("draws", "reference"), [(spearman_draws, spearmanr), (kendall_draws, kendalltau), (pearson_draws, pearsonr)]
)
def test_a_resample_has_the_correlation_of_its_pictures(draws, reference) -> None:  # type: ignore[no-untyped-def]
    counts = draw_counts(12)[:130]
    found = (
        draws([MOS, SCORES], MOS, GROUPS, counts)[1] if draws is spearman_draws else draws(SCORES, MOS, GROUPS, counts)
    )
    assert found.shape == (130,)
    for resample in (0, 1, 64, 129):
        rows = np.repeat(np.arange(90), counts[resample, GROUPS].astype(int))
        assert found[resample] == pytest.approx(reference(SCORES[rows], MOS[rows]).statistic, abs=1e-12)


def test_values_and_bounds() -> None:
    (found,) = agreements({"fr": SCORES}, MOS, TRUTHS)
    assert found.srcc.value == pytest.approx(spearmanr(SCORES, MOS).statistic)
    assert found.krcc.value == pytest.approx(kendalltau(SCORES, MOS).statistic)
    for estimate in (found.srcc, found.krcc, found.plcc):
        low, high = estimate.bounds
        assert low < estimate.value < high
        assert 0.05 < high - low < 0.4


def test_pictures_of_one_ground_truth_give_no_interval() -> None:
    (found,) = agreements({"fr": SCORES}, MOS, ["a"] * 90)
    assert np.isfinite(found.srcc.value)
    assert np.isnan(found.srcc.bounds).all()
    assert np.isnan(srcc_differences(agreements({"a": SCORES, "b": -SCORES}, MOS, ["a"] * 90), 1)[0].p)


def test_pictures_of_a_ground_truth_are_resampled_together() -> None:
    """Alike within 12 ground truths, 90 pictures tell no more than 12."""
    by_truth = RNG.normal(size=(2, 12))[:, GROUPS] + RNG.normal(0, 0.01, (2, 90))
    together = agreements({"fr": by_truth[0]}, by_truth[1], TRUTHS)[0].srcc.bounds
    apart = agreements({"fr": by_truth[0]}, by_truth[1], [str(n) for n in range(90)])[0].srcc.bounds
    assert together[1] - together[0] > 1.5 * (apart[1] - apart[0])


def test_a_better_metric_is_told_from_a_worse_one_and_not_from_its_like() -> None:
    noise = RNG.normal(size=(3, 90))
    values = {"good": MOS + 0.3 * noise[0], "alike": MOS + 0.3 * noise[1], "bad": MOS + 2.5 * noise[2]}
    by_pair = {(pair.first, pair.second): pair for pair in srcc_differences(agreements(values, MOS, TRUTHS), 12)}
    assert by_pair["good", "bad"].p_holm < 0.05
    assert by_pair["good", "bad"].difference.bounds[0] > 0
    assert by_pair["good", "alike"].p_holm > 0.05
    assert len(by_pair) == 3


def test_p_is_students_of_the_bootstraps_standard_error() -> None:
    (pair,) = srcc_differences(agreements({"a": SCORES, "b": RNG.normal(size=90)}, MOS, TRUTHS), 12)
    statistic = pair.difference.value / pair.difference.draws.std(ddof=1)
    assert pair.p == pytest.approx(2 * (1 - student.cdf(abs(statistic), 11)), abs=1e-12)
    (same,) = srcc_differences(agreements({"a": SCORES, "b": SCORES * 2}, MOS, TRUTHS), 12)
    assert same.p == 1


def test_holm_by_hand() -> None:
    """Sorted 0.01 x 3, 0.02 x 2 = 0.04, 0.03 x 1, which is raised to the one before."""
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.9]) == pytest.approx([1, 1])
    assert holm([]) == []


def test_the_curve_straightens_what_is_bent_and_leaves_what_is_straight() -> None:
    x = np.linspace(-4, 4, 60)
    bent = 1 + 3 / (1 + np.exp(-(x - 0.5) / 0.6))
    curve = fitted(100 + 20 * x, bent)
    assert curve is not None
    assert pearsonr(x, bent).statistic < 0.96
    assert pearsonr(curve, bent).statistic == pytest.approx(1, abs=1e-6)
    straight = fitted(x, 2 * x + 1)
    assert straight is not None
    assert pearsonr(straight, x).statistic == pytest.approx(1, abs=1e-4)


def test_no_curve_through_too_little() -> None:
    assert fitted(np.arange(4.0), np.arange(4.0)) is None
    assert fitted(np.full(9, 2.0), np.arange(9.0)) is None
