"""Votes of a made-up panel on the pictures of a workspace that is scored: good is what the scores say."""

from collections.abc import Sequence
from pathlib import Path

from cmc.core.workspace import key_of
from cmc.raters.panel import on_scale, panel, simulate
from cmc.raters.votes import Dimension, Vote, write_votes
from cmc.scores.score_file import read_scores
from cmc.scores.summary import FR, NR

JUDGES: dict[Dimension, str] = {"consistency": FR, "perception": NR}


def votes_on(root: Path, targets: Sequence[str], **counts: int) -> list[Vote]:
    """Votes of so many viewers of each kind, in two sessions and steps of half a point."""
    scores = [score for target in targets for score in read_scores(root / "Result" / target / "scores.csv").scores]
    quality = {
        dimension: on_scale({f"{s.target}/{s.mode}/{key_of(s.name)}": s.values[metric] for s in scores})
        for dimension, metric in JUDGES.items()
    }
    return simulate(quality, panel(**counts), sessions=2, step=0.5)


def save_votes(root: Path, targets: Sequence[str], **counts: int) -> Path:
    """`votes.csv` and `flags.csv` under the root, one picture flagged by one viewer."""
    votes = votes_on(root, targets, **counts)
    write_votes(root / "votes.csv", votes)
    flags = f"viewer,picture\n{votes[0].viewer},{votes[0].picture}\n"
    (root / "flags.csv").write_text(flags, encoding="utf-8")
    return root / "votes.csv"
