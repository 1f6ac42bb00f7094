"""Who sees which pictures in which session: a balanced design, the same for the same seed."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random

from cmc.core.errors import CMCError
from cmc.core.seeds import seed_for

# What a picture takes: 400 in an hour (CMC-Bench, appendix A.2).
SECONDS_A_PICTURE = 9
# Asked for by ITU-R BT.500: as many observers or more, as many minutes a session or fewer.
FEWEST_VIEWERS, LONGEST_MINUTES = 15, 30


@dataclass(frozen=True)
class Design:
    """viewers: how many; views: how many of them see each picture; session: pictures a session at most; training:
    pictures before the first session; dummies: pictures before each, which do not count either; aside: ground truths
    kept for those two; rest: pictures after which a pause is offered; step: of the scale; seed: of every choice."""

    viewers: int
    views: int
    session: int
    training: int
    dummies: int
    aside: int
    rest: int
    step: float
    seed: int

    def __post_init__(self) -> None:
        if self.views > self.viewers:
            raise CMCError(
                f"{self.views} views of a picture need as many viewers, found {self.viewers}; "
                "raise --viewers, or lower --views"
            )
        tenths = round(self.step * 10)
        if not 1 <= tenths <= 50 or abs(tenths / 10 - self.step) > 1e-9 or 50 % tenths:
            raise CMCError(f"expected a step of 0.1, 0.2, 0.5, 1, 2.5 or 5 points, found {self.step:g}")

    def generator(self, *purpose: object) -> Random:
        """Random numbers of one purpose's own."""
        return Random(seed_for(self.seed, "/".join(map(str, purpose))))


def split_into_sessions(strata: Sequence[Hashable], design: Design) -> list[list[int]]:
    """Pictures 0 to n - 1, each of a stratum, as the fewest sessions that hold them; the sizes of sessions, and what
    each has of a stratum, differ by one at most."""
    by_stratum: dict[Hashable, list[int]] = {}
    for picture, stratum in enumerate(strata):
        by_stratum.setdefault(stratum, []).append(picture)
    generator, dealt = design.generator("sessions"), []
    for pictures in by_stratum.values():
        generator.shuffle(pictures)
        dealt += pictures
    count = -(-len(dealt) // design.session)
    return [dealt[start::count] for start in range(count)]


def sessions_by_viewer(sessions: int, design: Design) -> list[list[int]]:
    """The sessions that each viewer sits, in an order of the viewer's own: each session is seen by `views` viewers, by
    none twice, and viewers sit as many, or one more. Raises CMCError where some would sit none."""
    seats = sessions * design.views
    if seats < design.viewers:
        raise CMCError(
            f"{sessions} session(s) of {design.views} viewers leave {design.viewers - seats} of {design.viewers}"
            " without any; lower --viewers or --session, or raise --views"
        )
    by_viewer: list[list[int]] = [[] for _ in range(design.viewers)]
    for seat in range(seats):
        by_viewer[seat % design.viewers].append(seat // design.views)
    for viewer, own in enumerate(by_viewer):
        design.generator("viewer", viewer).shuffle(own)
    return by_viewer


def random_order(pictures: Sequence[int], contents: Sequence[Hashable], generator: Random) -> list[int]:
    """`pictures` in random order, never two of the same content (`contents[picture]`) in a row where that can be."""
    left = list(pictures)
    generator.shuffle(left)
    counts = Counter(contents[picture] for picture in left)
    ordered: list[int] = []
    while left:
        last = contents[ordered[-1]] if ordered else None
        # What is more than half of the rest would follow itself later, were it not next.
        most = next((content for content, count in counts.items() if 2 * count > len(left) and content != last), None)
        fit = (
            place
            for place, picture in enumerate(left)
            if contents[picture] != last and (most is None or contents[picture] == most)
        )
        ordered.append(left.pop(next(fit, 0)))
        counts[contents[ordered[-1]]] -= 1
    return ordered
