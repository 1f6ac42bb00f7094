"""What each viewer is shown, in order, and the table of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cmc.core.errors import CMCError
from cmc.core.tables import Record, format_csv, read_csv
from cmc.raters.design import Design, random_order, sessions_by_viewer, split_into_sessions
from cmc.raters.rated_pictures import RatedPicture
from cmc.raters.viewer_codes import numbered

Kind = Literal["training", "dummy", "rated"]
KINDS: tuple[Kind, ...] = ("training", "dummy", "rated")
COLUMNS = ("viewer", "place", "kind", "session", "picture")


@dataclass(frozen=True)
class Showing:
    """A picture at its place in a viewer's list; session: the one that it is shown in, None in the training. A session
    holds the same pictures for all who sit it."""

    kind: Kind
    session: int | None
    picture: str


Playlist = Sequence[Showing]


@dataclass(frozen=True)
class Block:
    """Showings from place `start` up to `stop`, between two breaks; session None: the training."""

    start: int
    stop: int
    session: int | None


def make_playlists(
    rated: Sequence[RatedPicture], aside: Sequence[RatedPicture], design: Design, viewers: Sequence[str] = ()
) -> dict[str, list[Showing]]:
    """The list of each viewer, by name (of `viewers`; `v01`, ... without): training, then sessions, each of dummies and
    rated pictures. No picture stands twice in a list. Raises CMCError where `aside` does not hold enough for training
    and dummies."""
    sessions = split_into_sessions([picture.stratum for picture in rated], design)
    contents = [picture.reference for picture in rated]
    names = viewers or numbered(design.viewers)
    lists = {}
    for viewer, own in zip(names, sessions_by_viewer(len(sessions), design), strict=True):
        spare = _spare(aside, len(own), design)
        shown = [Showing("training", None, spare.pop().name) for _ in range(design.training)]
        for session in own:
            shown += [Showing("dummy", session, spare.pop().name) for _ in range(design.dummies)]
            order = random_order(sessions[session], contents, design.generator(viewer, session))
            shown += [Showing("rated", session, rated[picture].name) for picture in order]
        lists[viewer] = shown
    return lists


def _spare(aside: Sequence[RatedPicture], sessions: int, design: Design) -> list[RatedPicture]:
    """What training (the last, the same for all) and dummies take their pictures from."""
    needed = design.training + sessions * design.dummies
    if needed > len(aside):
        raise CMCError(
            f"training and dummies take {needed} pictures, and {len(aside)} are of the {design.aside} ground truths"
            " kept for them; raise --aside, or lower --training or --dummies"
        )
    contents = [picture.reference for picture in aside]
    order = random_order(range(len(aside)), contents, design.generator("aside"))
    return [aside[picture] for picture in reversed(order)]


def blocks(playlist: Playlist) -> list[Block]:
    """The parts of a list between which there are breaks."""
    starts = [
        place for place, showing in enumerate(playlist) if place == 0 or showing.session != playlist[place - 1].session
    ]
    stops = [*starts[1:], len(playlist)]
    return [Block(start, stop, playlist[start].session) for start, stop in zip(starts, stops, strict=True)]


def playlists_csv(lists: Mapping[str, Playlist]) -> str:
    """The table of all lists."""
    return format_csv(
        COLUMNS,
        (
            (viewer, place, showing.kind, "" if showing.session is None else showing.session, showing.picture)
            for viewer, playlist in lists.items()
            for place, showing in enumerate(playlist)
        ),
    )


def read_playlists(path: Path) -> dict[str, list[Showing]]:
    """The lists by viewer. Raises CMCError, with the line, for what is none."""
    lists: dict[str, list[Showing]] = {}
    for record in read_csv(path, COLUMNS):
        playlist = lists.setdefault(record["viewer"], [])
        if record["place"] != str(len(playlist)):
            raise CMCError(f"{record.place}: expected place {len(playlist)} of {record['viewer']}; make the study anew")
        playlist.append(_read_showing(record))
    return lists


def _read_showing(record: Record) -> Showing:
    kind = next((name for name in KINDS if name == record["kind"]), None)
    session = record["session"]
    if kind is None or not (session.isdecimal() or (kind == "training" and not session)):
        raise CMCError(f"{record.place}: expected {', '.join(KINDS)} and a session from 0; make the study anew")
    return Showing(kind, int(session) if session else None, record["picture"])
