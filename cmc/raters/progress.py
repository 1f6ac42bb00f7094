"""How far each viewer of a study is, read from its votes while others write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from cmc.raters.stored_votes import has_votes, read_ballots, read_consents
from cmc.raters.study_folder import DATABASE, RatingStudy
from cmc.raters.vote_store import StoredBallot

# Screen pixels to one of the picture, under which it was made smaller; rounding makes a little less than 1 of 1.
EXACT = 0.999


@dataclass(frozen=True)
class ViewerProgress:
    """consented: whether the viewer began; done, total: showings, training and dummies included; seconds: median time
    of looking at one, None before the first; flags: pictures reported as offensive; scaled: showings at other than
    their own pixels; latest: when the last vote came (UTC, ISO 8601), "" before the first."""

    viewer: str
    consented: bool
    done: int
    total: int
    seconds: float | None
    flags: int
    scaled: int
    latest: str


def read_progress(study: RatingStudy) -> list[ViewerProgress]:
    """Of all viewers, in the order of their names. Raises CMCError for votes of another plan."""
    path = study.folder / DATABASE
    begun = has_votes(path, study.identity)
    ballots = read_ballots(path) if begun else []
    consented = read_consents(path) if begun else set()
    by_viewer: dict[str, list[StoredBallot]] = {viewer: [] for viewer in study.playlists}
    for ballot in ballots:
        by_viewer[ballot.viewer].append(ballot)
    return [
        _progress(viewer, viewer in consented, own, len(study.playlists[viewer])) for viewer, own in by_viewer.items()
    ]


def _progress(viewer: str, consented: bool, ballots: Sequence[StoredBallot], total: int) -> ViewerProgress:
    return ViewerProgress(
        viewer=viewer,
        consented=consented,
        done=len(ballots),
        total=total,
        seconds=median(ballot.dwell_ms for ballot in ballots) / 1000 if ballots else None,
        flags=sum(ballot.offensive for ballot in ballots),
        scaled=sum(ballot.display.shown < EXACT for ballot in ballots),
        latest=max((ballot.at for ballot in ballots), default=""),
    )
