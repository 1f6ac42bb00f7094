"""Tables of votes for tests: of numbers, and of panels whose truth is known."""

import numpy as np

from cmc.raters.panel import panel, simulate
from cmc.raters.score_table import ScoreTable, score_tables


def table_of(scores: np.ndarray, sessions: np.ndarray | None = None, condition: str = "real/full") -> ScoreTable:
    """Scores (pictures, viewers) as a table, all in session 0 unless said."""
    pictures = tuple(f"{condition}/p{number:03}" for number in range(len(scores)))
    viewers = tuple(f"v{number:02}" for number in range(scores.shape[1]))
    whole = np.zeros(scores.shape, dtype=int) if sessions is None else sessions
    return ScoreTable("consistency", pictures, viewers, scores, np.where(np.isfinite(scores), whole, -1))


def known_quality(count: int, seed: int = 0) -> dict[str, float]:
    """Pictures of known quality, far enough from the scale's ends for few votes to be cut off there."""
    values = np.random.default_rng(seed).uniform(1.4, 3.6, count).tolist()
    return {f"real/full/p{number:03}": value for number, value in enumerate(values)}


def panel_table(quality: dict[str, float], seed: int, absent: float = 0.0, **counts: int) -> ScoreTable:
    """Their votes by a panel of so many viewers of each kind."""
    (table,) = score_tables(simulate({"consistency": quality}, panel(**counts), seed, absent=absent))
    return table
