"""What a viewer may see and do in a study, and when; nothing here knows of the web."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from cmc.core.files import sha256
from cmc.core.origin import DIGITS
from cmc.raters.ballot import Ballot
from cmc.raters.design import SECONDS_A_PICTURE
from cmc.raters.playlists import blocks
from cmc.raters.study_folder import RatingStudy
from cmc.raters.vote_store import VoteStore
from cmc.raters.votes import Dimension

Side = Literal["reconstruction", "reference"]
# How many showings past the next a browser may fetch, so that none waits while the last votes are on their way.
AHEAD = 4


class NotYoursError(LookupError):
    """What a viewer may not see or rate, or not yet, in plain words."""


class ChangedPictureError(RuntimeError):
    """A picture that is not the one of the study any more."""


class BlockState(TypedDict):
    """A block, as the page reads it; session: None for the training."""

    start: int
    stop: int
    session: int | None


class LastVote(TypedDict):
    """The latest vote of a viewer, so that it can be corrected on another machine."""

    id: str
    place: int
    offensive: bool
    scores: dict[Dimension, float]


class ViewerState(TypedDict):
    """All that a page needs to go on where a viewer was. done: showings rated; step: of the scales; rest: showings
    after which a pause is offered; ahead: AHEAD; seconds: what a picture takes, until the viewer's pace is known."""

    consented: bool
    done: int
    step: float
    rest: int
    ahead: int
    seconds: int
    blocks: list[BlockState]
    last: LastVote | None


@dataclass(frozen=True)
class Desk:
    """A study and its votes. Safe in threads."""

    study: RatingStudy
    store: VoteStore

    def state(self, viewer: str) -> ViewerState:
        """Where a viewer is."""
        design = self.study.design
        return {
            "consented": self.store.consented(viewer),
            "done": self.store.done(viewer),
            "step": design.step,
            "rest": design.rest,
            "ahead": AHEAD,
            "seconds": SECONDS_A_PICTURE,
            "blocks": [
                {"start": block.start, "stop": block.stop, "session": None if block.session is None else number}
                for number, block in enumerate(blocks(self.study.playlists[viewer]))
            ],
            "last": self._last(viewer),
        }

    def picture(self, viewer: str, place: int, side: Side) -> bytes:
        """The PNG that a viewer sees at a place. Raises NotYoursError before consent, past the end, and further than
        AHEAD of what is rated; ChangedPictureError where the file is not that of the study."""
        shown = self.study.pictures[self._picture(viewer, place)]
        if place > self.store.done(viewer) + AHEAD:
            raise NotYoursError("this picture comes later")
        reference = side == "reference"
        path = self.study.folder / (shown.reference if reference else shown.image)
        expected = shown.reference_digest if reference else shown.image_digest
        if not path.is_file() or sha256(path)[:DIGITS] != expected:
            raise ChangedPictureError(f"{path} is not the picture that the study was made of")
        return path.read_bytes()

    def cast(self, viewer: str, ballot: Ballot) -> int:
        """Keep a ballot, and say how many showings are done. Raises NotYoursError as `picture`, and OrderError."""
        return self.store.cast(viewer, self._picture(viewer, ballot.place), ballot)

    def _picture(self, viewer: str, place: int) -> str:
        playlist = self.study.playlists[viewer]
        if not self.store.consented(viewer):
            raise NotYoursError("consent comes first")
        if not 0 <= place < len(playlist):
            raise NotYoursError(f"there are {len(playlist)} pictures, and this is none of them")
        return playlist[place].picture

    def _last(self, viewer: str) -> LastVote | None:
        latest = self.store.last(viewer)
        if latest is None:
            return None
        stored, scores = latest
        return {"id": stored.ballot, "place": stored.place, "offensive": stored.offensive, "scores": scores}
