"""Opinion scores: both readings of the paper's equations, written out; means; intervals; the way to 0 to 5."""

import numpy as np
import pytest

from cmc.raters import z_scores
from cmc.raters.methods import METHODS, opinion_scores
from cmc.raters.opinion_scores import mean_over_viewers
from tests.raters.tables import known_quality, panel_table, table_of

# Two sessions of 12 pictures each, of three viewers.
RNG = np.random.default_rng(7)
SCORES = RNG.uniform(0, 5, (24, 3))
SESSIONS = np.repeat([0, 1], 12)[:, None] * np.ones((1, 3), dtype=int)


def test_corrected_a_session_has_its_mean_taken_out_and_votes_are_z_scores() -> None:
    expected = np.zeros(24)
    for j in range(3):
        s = [SCORES[i, j] - SCORES[SESSIONS[:, j] == SESSIONS[i, j], j].mean() + 2.5 for i in range(24)]
        mu = sum(s) / 24
        sigma = (sum((value - mu) ** 2 for value in s) / 23) ** 0.5
        expected += [(value - mu) / sigma / 3 for value in s]
    assert z_scores.corrected(table_of(SCORES, SESSIONS)).mos == pytest.approx(expected, abs=1e-12)


def test_as_printed_sums_run_on_and_n_is_10() -> None:
    s = np.zeros((24, 3))
    for g in (0, 1):
        for j in range(3):
            before = sum(SCORES[i, j] for i in range(g * 12)) / 12
            s[g * 12 : (g + 1) * 12, j] = SCORES[g * 12 : (g + 1) * 12, j] - before + 2.5
    mu_i, expected = s.mean(axis=1), np.zeros(24)
    for j in range(3):
        mu_j = sum(s[i, j] for i in range(10)) / 10
        sigma = (sum((s[i, j] - mu_i[i]) ** 2 for i in range(10)) / 9) ** 0.5
        expected += (s[:, j] - mu_j) / sigma / 3
    printed = z_scores.as_printed(table_of(SCORES, SESSIONS)).mos
    assert printed == pytest.approx(expected, abs=1e-12)
    # A session's whole mean lies between the two readings.
    gap = (printed - z_scores.corrected(table_of(SCORES, SESSIONS)).mos).reshape(2, 12).mean(axis=1)
    assert gap[0] - gap[1] > 1


def test_a_session_scored_higher_makes_no_difference_but_for_the_plain_mean() -> None:
    shifted = SCORES + np.where(SESSIONS == 1, [[1.0, 0.0, -2.0]], 0.0)
    before, after = (z_scores.corrected(table_of(scores, SESSIONS)).mos for scores in (SCORES, shifted))
    assert after == pytest.approx(before, abs=1e-12)


def test_a_viewer_whose_votes_do_not_vary_has_no_z_score() -> None:
    scores = np.column_stack([SCORES, np.full(24, 2.2)])
    found = z_scores.corrected(table_of(scores))
    assert found.mos == pytest.approx(z_scores.corrected(table_of(SCORES)).mos)
    assert set(found.votes) == {3}


def test_the_mean_and_students_interval_by_hand() -> None:
    """Votes 2, 3, 4: mean 3, deviation 1, t of two degrees of freedom 4.303, over the root of 3."""
    values = np.array([[2.0, 3.0, 4.0, np.nan], [1.0, np.nan, np.nan, np.nan], [np.nan] * 4])
    found = mean_over_viewers(values)
    assert found.mos[:2] == pytest.approx([3, 1])
    assert np.isnan(found.mos[2])
    assert found.half[0] == pytest.approx(4.302652729911275 / np.sqrt(3))
    assert np.isnan(found.half[1:]).all()
    assert found.votes.tolist() == [3, 1, 0]


def test_z_scores_are_mapped_and_other_scores_are_not() -> None:
    table = table_of(SCORES)
    z, linear, panel = (opinion_scores(table, "paper", mapping) for mapping in ("none", "linear", "panel"))
    assert linear.mos == pytest.approx(5 * (z.mos + 3) / 6)
    assert linear.half == pytest.approx(5 / 6 * z.half)
    assert panel.mos == pytest.approx(z.mos * SCORES.std(axis=0, ddof=1).mean() + SCORES.mean())
    votes = panel_table(known_quality(20), 0, careful=6)
    for method in ("mean", "unbiased", "likelihood"):
        assert opinion_scores(votes, method, "none").mos == pytest.approx(opinion_scores(votes, method).mos)


def test_of_whole_tables_bias_does_not_move_the_mean() -> None:
    mean, unbiased = (opinion_scores(table_of(SCORES), method) for method in ("mean", "unbiased"))
    assert unbiased.mos == pytest.approx(mean.mos)
    biased = panel_table(known_quality(60), 0, careful=6, biased=6)
    assert (opinion_scores(biased, "unbiased").half < opinion_scores(biased, "mean").half).mean() > 0.9


def test_intervals_of_means_and_of_z_scores_hold_the_truth_95_times_in_100() -> None:
    """Of the plain mean the truth is the quality alone: other viewers would have had other biases. Of z scores it is
    the quality on the scale of each viewer's deviation, in the mean."""
    held: dict[str, list[bool]] = {"mean": [], "paper": []}
    for seed in range(25):
        quality = known_quality(60, seed)
        table = panel_table(quality, seed, careful=12)
        truth = np.array(list(quality.values()))
        scale = (1 / table.scores.std(axis=0, ddof=1)).mean()
        for method, expected in (("mean", truth), ("paper", (truth - truth.mean()) * scale)):
            found = opinion_scores(table, method, "none")
            held[method] += list(np.abs(found.mos - expected) <= found.half)
    # 1,500 intervals, but those of a panel share its mean bias, which is 25 draws alone: 2.5 % on either side.
    assert 0.925 < np.mean(held["mean"]) < 0.975
    assert 0.925 < np.mean(held["paper"]) < 0.975


def test_every_method_orders_pictures_as_their_quality() -> None:
    quality = known_quality(120)
    table = panel_table(quality, 1, careful=12, biased=2)
    truth = np.array(list(quality.values()))
    for method in METHODS:
        correlation = np.corrcoef(opinion_scores(table, method).mos, truth)[0, 1]
        assert correlation > 0.97, method
