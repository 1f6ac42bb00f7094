"""Made-up panels: the same from the same seed, a viewer apart from the others, of the kind that was asked for."""

import numpy as np
import pytest

from cmc.raters.panel import on_scale, panel, simulate
from cmc.raters.score_table import score_tables
from cmc.raters.viewer_model import fit_viewers
from cmc.raters.votes import DIMENSIONS, Vote
from tests.raters.tables import known_quality, panel_table

QUALITY = {dimension: known_quality(20, seed) for seed, dimension in enumerate(DIMENSIONS)}


def of(votes: list[Vote], viewer: str) -> list[Vote]:
    return [vote for vote in votes if vote.viewer == viewer]


def test_a_viewers_votes_depend_on_the_seed_and_the_viewer_alone() -> None:
    few, many = simulate(QUALITY, panel(careful=2)), simulate(QUALITY, panel(careful=3, careless=1))
    assert few == simulate(QUALITY, panel(careful=2))
    assert of(few, "careful-02") == of(many, "careful-02")
    assert of(few, "careful-02") != of(simulate(QUALITY, panel(careful=2), seed=1), "careful-02")


def test_sessions_steps_and_votes_that_are_not_given() -> None:
    votes = simulate(QUALITY, panel(careful=4), sessions=4, step=0.5, absent=0.25)
    assert {vote.session for vote in votes} == {0, 1, 2, 3}
    assert all(vote.score % 0.5 == 0 and 0 <= vote.score <= 5 for vote in votes)
    assert 90 < len(votes) < 150  # of 160
    sessions = {(vote.viewer, vote.picture): vote.session for vote in votes}
    assert all(sessions[vote.viewer, vote.picture] == vote.session for vote in votes)
    whole = simulate(QUALITY, panel(careful=1), sessions=4)
    assert [sum(vote.session == number for vote in whole) for number in range(4)] == [10] * 4


def test_viewers_vote_as_their_kind() -> None:
    quality = known_quality(400)
    table = panel_table(quality, 0, careful=9, careless=1, inverted=1, biased=1)
    truth = np.array(list(quality.values()))
    slopes = dict(zip(table.viewers, (np.polyfit(truth, votes, 1)[0] for votes in table.scores.T), strict=True))
    model = fit_viewers(table.scores)
    bias, noise = (dict(zip(table.viewers, found, strict=True)) for found in (model.bias, model.inconsistency))
    assert slopes["careful-01"] == pytest.approx(1, abs=0.1)
    assert slopes["careless-01"] == pytest.approx(0, abs=0.2)
    assert slopes["inverted-01"] == pytest.approx(-1, abs=0.1)
    assert min(bias, key=bias.__getitem__) == "biased-01"
    assert bias["biased-01"] < -0.5
    assert set(sorted(noise, key=noise.__getitem__)[-2:]) == {"careless-01", "inverted-01"}


def test_a_metrics_scores_as_quality() -> None:
    quality = on_scale({"a": 0.1, "b": 0.2, "c": 0.3})
    assert list(quality.values()) == pytest.approx([2.5 - 0.9 * 1.5**0.5, 2.5, 2.5 + 0.9 * 1.5**0.5])
    assert on_scale({"a": 0.1, "b": 0.1}) == {"a": 2.5, "b": 2.5}


def test_a_kind_that_is_none() -> None:
    with pytest.raises(KeyError, match="expected careful, careless, inverted, biased, found drunk"):
        panel(drunk=1)


def test_votes_of_one_dimension_make_one_table() -> None:
    votes = simulate({"perception": QUALITY["perception"]}, panel(careful=2))
    (table,) = score_tables(votes)
    assert (table.dimension, table.scores.shape) == ("perception", (20, 2))
