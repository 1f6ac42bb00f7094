"""Votes of a made-up panel on the pictures of a workspace that is scored: good is what the scores say."""

from collections.abc import Sequence
from pathlib import Path

from cmc.raters.panel import panel, simulate
from cmc.raters.simulated import quality_by
from cmc.raters.votes import Vote, write_votes
from cmc.scores.score_file import read_scores


def votes_on(root: Path, targets: Sequence[str], **counts: int) -> list[Vote]:
    """Votes of so many viewers of each kind, in two sessions and steps of half a point."""
    scores = [score for target in targets for score in read_scores(root / "Result" / target / "scores.csv").scores]
    return simulate(quality_by(scores), panel(**counts), sessions=2, step=0.5)


def save_votes(root: Path, targets: Sequence[str], **counts: int) -> Path:
    """`votes.csv` and `flags.csv` under the root, one picture flagged by one viewer."""
    votes = votes_on(root, targets, **counts)
    write_votes(root / "votes.csv", votes)
    flags = f"viewer,picture\n{votes[0].viewer},{votes[0].picture}\n"
    (root / "flags.csv").write_text(flags, encoding="utf-8")
    return root / "votes.csv"
