"""A made-up panel that sits in a real study: it votes over HTTP, and its viewers' names say what they are."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cmc.core.workspace import key_of
from cmc.raters.ballot import Display
from cmc.raters.client import Client
from cmc.raters.make_study import signer_of
from cmc.raters.panel import Viewer, on_scale, panel, simulate
from cmc.raters.study_folder import RatingStudy
from cmc.raters.viewer_codes import SIMULATED
from cmc.raters.votes import Dimension
from cmc.scores.summary import FR, NR
from cmc.stages.evaluate import Score

# The metric whose scores the votes follow.
JUDGES: Mapping[Dimension, str] = {"consistency": FR, "perception": NR}
Quality = Mapping[Dimension, Mapping[str, float]]
# There is no screen, and all pictures are as they are.
NO_SCREEN = Display(0, 0, 0, 0, 1, 1)
# Seconds without an answer until a server has been stopped.
PATIENCE = 10


def simulated_panel(**counts: int) -> list[Viewer]:
    """So many viewers of each kind: `simulated-careful-01`, ..."""
    return [replace(viewer, name=f"{SIMULATED}{viewer.name}") for viewer in panel(**counts)]


def quality_by(scores: Sequence[Score]) -> Quality:
    """Scores as the quality, 0 to 5, of the pictures that votes name."""
    return {
        dimension: on_scale({f"{s.target}/{s.mode}/{key_of(s.name)}": s.values[metric] for s in scores})
        for dimension, metric in JUDGES.items()
    }


def sit(study: RatingStudy, port: int, viewers: Sequence[Viewer], quality: Quality) -> int:
    """All viewers at once, each from where they were to the end; how many ballots the server has acknowledged. Their
    votes are `simulate`'s, in the study's steps. Raises CMCError as `Client.sit`."""
    votes = {
        (vote.viewer, vote.picture, vote.dimension): vote.score
        for vote in simulate(quality, viewers, step=study.design.step)
    }

    def run(viewer: str) -> int:
        def scores(place: int) -> dict[Dimension, float]:
            picture = study.playlists[viewer][place].picture
            return {dimension: votes[viewer, picture, dimension] for dimension in quality}

        client = Client(port, signer_of(study).token(viewer), NO_SCREEN, patience=PATIENCE)
        return sum(1 for _ in client.sit(scores))

    with ThreadPoolExecutor(len(viewers)) as pool:
        return sum(pool.map(run, [viewer.name for viewer in viewers]))
