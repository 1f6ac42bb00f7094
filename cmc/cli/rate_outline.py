"""What a planned rating study asks of its viewers, in a few lines."""

import math
import shlex
from collections.abc import Iterable

from cmc.cli.program import program
from cmc.raters.design import FEWEST_VIEWERS, LONGEST_MINUTES, SECONDS_A_PICTURE
from cmc.raters.playlists import blocks
from cmc.raters.study_folder import RatingStudy
from cmc.raters.votes import DIMENSIONS


def show(study: RatingStudy, url: str) -> None:
    """How many pictures, sessions and scores, how long, where it departs from BT.500, and what to do next."""
    design = study.design
    showings = [showing for playlist in study.playlists.values() for showing in playlist if showing.kind == "rated"]
    rated = len({showing.picture for showing in showings})
    sessions = len({showing.session for showing in showings})
    scores = len(showings) * len(DIMENSIONS)
    print(f"{rated} pictures in {sessions} session(s), each rated by {design.views} of {design.viewers} viewers")
    minutes = f"{math.ceil(_longest(study))} min"
    print(f"a viewer: {_sessions(study)} session(s), about {minutes} the longest; in all {scores} scores")
    for remark in _remarks(study):
        print(f"  {remark}")
    print(f"{study.folder}: links.html and links.csv for the viewers, texts.toml for the consent")
    print(f"links begin with {url}; --url of rate serve writes them anew for another address")
    print(f"next: {program('rate serve')} --study {shlex.quote(str(study.folder))}")


def _sessions(study: RatingStudy) -> str:
    """Of one viewer."""
    parts = [blocks(playlist) for playlist in study.playlists.values()]
    counts = sorted({sum(block.session is not None for block in own) for own in parts})
    return " or ".join(map(str, counts))


def _longest(study: RatingStudy) -> float:
    """Minutes of the longest session."""
    lengths = [block.stop - block.start for playlist in study.playlists.values() for block in blocks(playlist)]
    return max(lengths) * SECONDS_A_PICTURE / 60


def _remarks(study: RatingStudy) -> Iterable[str]:
    if study.design.views < FEWEST_VIEWERS:
        yield f"ITU-R BT.500 asks for {FEWEST_VIEWERS} viewers of a picture or more"
    if _longest(study) > LONGEST_MINUTES:
        yield f"ITU-R BT.500 asks for sessions of {LONGEST_MINUTES} minutes at most: --session 190"
