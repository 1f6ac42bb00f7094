"""Who goes, by each rule: against rules written out naively, and on panels whose careless viewers are known."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from cmc.core.errors import CMCError
from cmc.raters.score_table import ScoreTable, score_tables
from cmc.raters.screen_bt500 import screen_bt500
from cmc.raters.screen_correlation import PaperRule, screen_p913, screen_paper
from cmc.raters.screening import NONE, RULES, Screening, screen
from cmc.raters.verdicts import Verdicts
from cmc.raters.votes import Vote
from tests.raters.tables import known_quality, panel_table, table_of


def rejected(verdicts: Verdicts) -> list[str]:
    return [viewer for viewer, verdict in verdicts.items() if verdict.rejected]


def naive_bt500(scores: np.ndarray) -> list[int]:
    """Annex 1, 2.3.1, a vote at a time."""
    gone = []
    for viewer in range(scores.shape[1]):
        above = below = cast = 0
        for votes in scores:
            if np.isnan(votes[viewer]):
                continue
            cast += 1
            known = [vote for vote in votes if not np.isnan(vote)]
            mean = sum(known) / len(known)
            second = sum((vote - mean) ** 2 for vote in known) / len(known)
            fourth = sum((vote - mean) ** 4 for vote in known) / len(known)
            if second == 0:
                continue
            limit = (2 if 2 <= fourth / second**2 <= 4 else 20**0.5) * second**0.5
            above += votes[viewer] >= mean + limit
            below += votes[viewer] <= mean - limit
        if (above + below) / cast > 0.05 and abs(above - below) / (above + below) < 0.3:
            gone.append(viewer)
    return gone if len(gone) < scores.shape[1] else []


def test_bt500_as_worked_by_hand() -> None:
    """Votes 1, 3 (six times), 5: mean 3, variance 8 / 8 = 1, kurtosis (16 + 16) / 8 = 4, normal still; limits 1 and 5,
    which the outer votes are at."""
    scores = np.full((2, 8), 3.0)
    scores[0, :2], scores[1, :2] = (5, 1), (1, 5)
    verdicts = screen_bt500(table_of(scores))
    assert verdicts["v00"].figures == {"p": 1, "q": 1, "share": 1.0, "asymmetry": 0.0}
    assert rejected(verdicts) == ["v00", "v01"]
    assert np.isnan(verdicts["v02"].figures["asymmetry"])
    assert verdicts["v00"].why == "100.0% of votes far off (over 5%), on both sides (asymmetry 0.00 < 0.3)"


def test_if_all_would_go_none_goes() -> None:
    """Every viewer is the lowest once and the highest once."""
    scores = np.full((8, 8), 3.0)
    for picture in range(8):
        scores[picture, picture], scores[picture, (picture + 1) % 8] = 5, 1
    assert naive_bt500(scores) == []
    assert rejected(screen_bt500(table_of(scores))) == []
    assert rejected(screen_bt500(table_of(np.vstack([scores, [[3.0] * 8]])))) == []


@pytest.mark.parametrize("seed", range(4))
def test_bt500_is_the_rule_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.clip(rng.uniform(1, 4, 60)[:, None] + rng.normal(0, 0.6, (60, 24)), 0, 5).round(1)
    wild = rng.choice(24, 4, replace=False)
    scores[:, wild] = rng.uniform(0, 5, (60, 4)).round(1)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    scores[0] = 2.3  # on which all agree
    found = rejected(screen_bt500(table_of(scores)))
    assert found == [f"v{viewer:02}" for viewer in naive_bt500(scores)]
    assert found


def test_the_papers_rule_is_spearmans_with_the_others_or_with_all() -> None:
    scores = panel_table(known_quality(40), 3, careful=3, careless=1).scores
    for leave_one_out in (True, False):
        verdicts = screen_paper(table_of(scores), PaperRule(0.6, leave_one_out, repeated=False))
        for viewer, verdict in zip(range(4), verdicts.values()):
            others = np.delete(scores, viewer, axis=1) if leave_one_out else scores
            expected = spearmanr(scores[:, viewer], others.mean(axis=1)).statistic
            assert verdict.figures["srocc"] == pytest.approx(expected, abs=1e-12)
            assert verdict.rejected == (expected < 0.6)


def test_repeated_the_worst_goes_first_and_who_was_judged_by_them_may_stay() -> None:
    table = panel_table(known_quality(60), 0, careful=3, inverted=2)
    once = rejected(screen_paper(table, PaperRule(repeated=False)))
    repeated = rejected(screen_paper(table, PaperRule()))
    assert sorted(repeated) == ["inverted-01", "inverted-02"]
    assert set(repeated) < set(once)


def test_a_viewer_of_one_score_throughout_goes_by_the_rules_of_correlation() -> None:
    scores = panel_table(known_quality(30), 0, careful=4).scores
    scores[:, 2] = 2.5
    for verdicts in (screen_paper(table_of(scores), PaperRule()), screen_p913(table_of(scores))):
        assert rejected(verdicts) == ["v02"]
        assert "all their votes are alike" in verdicts["v02"].why


def test_p913_looks_at_pictures_and_conditions() -> None:
    """Four conditions of ten pictures; the worst of who is below both limits goes first, until nobody is."""
    quality = {f"real{c}/full/p{n:02}": 1 + 0.8 * c + 0.05 * n for c in range(4) for n in range(10)}
    table = panel_table(quality, 2, careful=6, careless=1, inverted=1)
    verdicts = screen_p913(table)
    assert sorted(rejected(verdicts)) == ["careless-01", "inverted-01"]
    left = table.without({"careless-01", "inverted-01"})
    conditions = left.scores.reshape(4, 10, 6).mean(axis=1)
    r1 = pearsonr(left.scores[:, 0], left.scores.mean(axis=1)).statistic
    r2 = pearsonr(conditions[:, 0], conditions.mean(axis=1)).statistic
    assert verdicts["careful-01"].figures == pytest.approx({"r1": r1, "r2": r2})
    one_condition = screen_p913(panel_table(known_quality(30), 0, careful=4, careless=1))
    assert rejected(one_condition) == ["careless-01"]
    assert np.isnan(one_condition["careless-01"].figures["r2"])


@pytest.mark.parametrize("rule", RULES)
def test_careless_and_inverted_viewers_go_and_the_others_stay(rule: str) -> None:
    table = panel_table(known_quality(300), 5, careful=14, biased=1, careless=1, inverted=1)
    screened = screen([table], Screening(rule))["consistency"]
    assert list(screened.gone) == ["careless-01", "inverted-01"]
    assert screened.table.viewers == tuple(v for v in table.viewers if v not in screened.gone)
    assert list(screened.verdicts) == list(RULES)


def two_dimensions() -> list[ScoreTable]:
    """A viewer who is careful about consistency and careless about perception."""
    first = panel_table(known_quality(40), 0, careful=5)
    votes = [
        Vote(
            viewer,
            0,
            picture,
            dimension,
            float(score if dimension == "consistency" or viewer != "careful-05" else 5 - score),
        )
        for dimension in ("consistency", "perception")
        for picture, row in zip(first.pictures, first.scores)
        for viewer, score in zip(first.viewers, row)
    ]
    return score_tables(votes)


def test_who_goes_from_one_dimension_goes_from_both_if_asked() -> None:
    alone, whole = (screen(two_dimensions(), Screening(whole=whole)) for whole in (False, True))
    assert (list(alone["consistency"].gone), list(alone["perception"].gone)) == ([], ["careful-05"])
    assert list(whole["consistency"].gone) == ["careful-05"]
    assert whole["consistency"].gone["careful-05"].endswith("in perception")


@pytest.mark.parametrize("screening", [Screening(), Screening(paper=PaperRule(repeated=False))])
def test_a_rule_that_leaves_nobody_is_refused(screening: Screening) -> None:
    table = panel_table(known_quality(40), 0, careless=4)
    with pytest.raises(CMCError, match="0 of 4 viewers would be left"):
        screen([table], screening)
    assert screen([table], Screening(NONE))["consistency"].gone == {}
