import numpy as np
import pytest

from cmc.boards import BOARDS
from cmc.intervals import with_intervals
from cmc.leaderboard import standings
from cmc.rows import user_rows
from cmc.scorefile import ScoreFile
from cmc.scores import ALL, OVERALL, summarise
from tests.scored import benchmark_names, drawn

MEANS = {"full": (3.0, 3.2), "image": (2.5, 3.0), "pixel": (2.0, 2.8), "text": (1.5, 3.4)}


def test_bounds_hold_the_means_and_are_the_leaderboards() -> None:
    scores = drawn("mine", benchmark_names({"NSI": 60, "SCI": 40, "AIGI": 20}), MEANS)
    cells = with_intervals(summarise(scores), scores)
    for cell in cells:
        for name, mean in cell.means.items():
            low, high = cell.bounds[name]
            assert low < mean < high
            # Of the normal distribution that the scores were drawn from, 0.4 wide, but for the resampling.
            if cell.mode != OVERALL:
                assert high - low == pytest.approx(2 * 1.96 * 0.4 / np.sqrt(cell.n), rel=0.35)
        assert ("overall" in cell.bounds) == (cell.mode == OVERALL)
    whole = next(cell for cell in cells if (cell.mode, cell.content) == (OVERALL, ALL))
    (standing,) = standings(BOARDS["t2i"], user_rows([ScoreFile("mine", scores, {})], {}))
    assert whole.bounds["overall"] == pytest.approx(standing.bounds)
