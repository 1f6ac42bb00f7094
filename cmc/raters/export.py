"""A study's votes as tables for the analysis: training and dummies left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.tables import write_csv
from cmc.raters.stored_votes import has_votes, read_ballots, read_scores
from cmc.raters.study_folder import DATABASE, RatingStudy
from cmc.raters.vote_store import StoredBallot
from cmc.raters.votes import DIMENSIONS, Vote, write_votes

VOTES, FLAGS, SHOWINGS = "votes.csv", "flags.csv", "showings.csv"
SHOWN = ("viewer", "session", "picture", "at", "dwell_ms", "pixel_ratio", "shown")
DISPLAY = ("screen_width", "screen_height", "window_width", "window_height")


@dataclass(frozen=True)
class Exported:
    """How many votes, and flags, were written; planned: how many votes there are once all viewers are done."""

    votes: int
    planned: int
    flags: int


def export_votes(study: RatingStudy, folder: Path) -> Exported:
    """Write `votes.csv` (a row a vote), `flags.csv` (a row a picture that a viewer was offended by) and `showings.csv`
    (how each was looked at). Raises CMCError where nobody has rated a picture that counts, and for votes of another
    plan."""
    path = study.folder / DATABASE
    rated = list(_rated(study, path)) if has_votes(path, study.identity) else []
    if not rated:
        raise CMCError(f"{study.folder}: no picture that counts is rated yet; serve it first")
    scores = read_scores(path)
    votes = [
        Vote(ballot.viewer, session, ballot.picture, dimension, scores[ballot.viewer, ballot.picture, dimension])
        for ballot, session in rated
        for dimension in DIMENSIONS
    ]
    flags = [(ballot.viewer, ballot.picture) for ballot, _ in rated if ballot.offensive]
    write_votes(folder / VOTES, votes)
    write_csv(folder / FLAGS, ("viewer", "picture"), flags)
    write_csv(folder / SHOWINGS, (*SHOWN, *DISPLAY), (_row(ballot, session) for ballot, session in rated))
    planned = sum(showing.kind == "rated" for playlist in study.playlists.values() for showing in playlist)
    return Exported(len(votes), planned * len(DIMENSIONS), len(flags))


def _rated(study: RatingStudy, path: Path) -> Iterator[tuple[StoredBallot, int]]:
    """What counts, with its session."""
    for ballot in read_ballots(path):
        showing = study.playlists[ballot.viewer][ballot.place]
        if showing.kind == "rated" and showing.session is not None:
            yield ballot, showing.session


def _row(ballot: StoredBallot, session: int) -> list[object]:
    shown = ballot.display
    kept = [ballot.viewer, session, ballot.picture, ballot.at, ballot.dwell_ms, shown.pixel_ratio, shown.shown]
    return [*kept, *(getattr(shown, name) for name in DISPLAY)]
