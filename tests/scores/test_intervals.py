import numpy as np
import pytest

from cmc.core.workspace import ALL, groups
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.rows import user_rows
from cmc.leaderboard.standings import standings
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import OVERALL, Cell, summarise
from cmc.stages.evaluate import Score
from tests.scored import benchmark_names, drawn

MEANS = {"full": (3.0, 3.2), "image": (2.5, 3.0), "pixel": (2.0, 2.8), "text": (1.5, 3.4)}


def _values(scores: list[Score], cell: Cell, name: str) -> list[float]:
    return [one.values[name] for one in scores if one.mode == cell.mode and cell.content in groups(one.name)]


def test_bounds_hold_the_means_and_are_the_leaderboards() -> None:
    scores = drawn("mine", benchmark_names({"NSI": 60, "SCI": 40, "AIGI": 20}), MEANS)
    cells = with_intervals(summarise(scores), scores)
    for cell in cells:
        for name, mean in cell.means.items():
            low, high = cell.bounds[name]
            assert low < mean < high
            if cell.mode != OVERALL and cell.n >= 20:  # the normal width, which few images do not have
                width = 2 * 1.96 * np.std(_values(scores, cell, name)) / np.sqrt(cell.n)
                assert high - low == pytest.approx(width, rel=0.15)
        assert ("overall" in cell.bounds) == (cell.mode == OVERALL)
    whole = next(cell for cell in cells if (cell.mode, cell.content) == (OVERALL, ALL))
    (standing,) = standings(BOARDS["t2i"], user_rows([ScoreFile("mine", scores, {})], {}))
    assert whole.bounds["overall"] == pytest.approx(standing.bounds)
