"""Quality, bias and inconsistency: the published example, panels of known truth, and intervals that hold what they
say."""

from pathlib import Path

import numpy as np
import pytest

from cmc.raters.viewer_model import ViewerModel, fit_viewers, without_bias
from tests.raters.tables import known_quality, panel_table

SAMPLE = Path(__file__).parents[1] / "golden" / "sureal_sample_data.csv"


def test_the_published_example_comes_out_as_published() -> None:
    """79 videos by 26 viewers, one vote missing: sample data of Netflix's sureal, and what it makes of them."""
    scores = np.genfromtxt(SAMPLE, delimiter=",")
    model = fit_viewers(scores)
    assert scores.shape == (79, 26)
    assert np.isnan(scores).sum() == 1
    assert model.rounds == 16
    assert model.quality[0] == pytest.approx(4.926232195563247, abs=1e-9)
    assert model.bias[0] == pytest.approx(-0.189852445792812, abs=1e-9)
    assert model.inconsistency[0] == pytest.approx(1.8339364220090855, abs=1e-9)


def test_bias_and_inconsistency_are_recovered_from_a_panel_with_votes_missing() -> None:
    rng = np.random.default_rng(1)
    quality, bias, noise = rng.uniform(1, 4, 600), np.linspace(-0.8, 0.8, 15), np.linspace(0.4, 1.0, 15)
    scores = quality[:, None] + bias + noise * rng.normal(size=(600, 15))
    scores[rng.random(scores.shape) < 0.3] = np.nan
    model = fit_viewers(scores)
    assert np.abs(model.bias - bias).max() < 3 * model.bias_half.max() / 1.96
    # The likelihood's noise is too low, and most so of the steadiest, whom quality follows.
    assert np.abs(model.inconsistency - noise).max() < 0.1
    assert np.corrcoef(model.inconsistency, noise)[0, 1] > 0.97
    assert model.bias.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(model.opinion_scores().votes, np.isfinite(scores).sum(axis=1))


def test_the_standard_error_is_that_of_precisions_summed() -> None:
    """Sigmas 0.3 and 0.4: precisions 100 / 9 + 25 / 4 = 625 / 36, error 6 / 25 = 0.24."""
    model = ViewerModel(np.zeros(3), np.zeros(2), np.array([0.3, 0.4]), 1, np.ones((3, 2), dtype=bool))
    assert model.opinion_scores().half == pytest.approx(1.959963984540054 * 0.24)


@pytest.mark.parametrize("absent", [0.0, 0.3])
def test_intervals_hold_the_truth_95_times_in_100(absent: float) -> None:
    """A bias common to the panel is quality, so that the truth is the quality and the panel's mean bias."""
    likelihood, unbiased = [], []
    for seed in range(6):
        quality = known_quality(150, seed)
        table = panel_table(quality, seed, absent, careful=14, biased=2)
        truth = np.array(list(quality.values()))
        truth += np.nanmean(table.scores - truth[:, None], axis=0).mean()
        for held, scores in (
            (likelihood, fit_viewers(table.scores).opinion_scores()),
            (unbiased, without_bias(table.scores)),
        ):
            held += list(np.abs(scores.mos - truth) <= scores.half)
    # 900 intervals: 0.7 % is a deviation. The likelihood's hold a little less than they say, 93.8 % with 20 viewers.
    assert 0.928 < np.mean(likelihood) < 0.972
    assert 0.928 < np.mean(unbiased) < 0.972


def test_a_viewer_much_steadier_than_few_others_is_not_taken_for_the_truth_in_silence() -> None:
    rng = np.random.default_rng(1)
    scores = rng.uniform(1, 4, (600, 1)) + np.array([0.05, 0.8, 0.9]) * rng.normal(size=(600, 3))
    model = fit_viewers(scores)
    assert model.taken_for_truth.tolist() == [True, False, False]
    assert np.isnan(model.opinion_scores().mos).all()
    alike = fit_viewers(np.repeat(scores[:, :1], 3, axis=1))
    assert not alike.taken_for_truth.any()
    assert alike.opinion_scores().mos == pytest.approx(scores[:, 0])


def test_what_does_not_come_to_rest_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmc.raters.viewer_model.MOST_ROUNDS", 2)
    model = fit_viewers(np.random.default_rng(0).normal(2.5, 1, (30, 4)))
    assert not model.is_estimated
    assert not model.taken_for_truth.any()
    assert np.isnan([*model.bias, *model.inconsistency, *model.opinion_scores().mos]).all()
