"""What is to be chosen: how many pictures of each subtype, from which folders, and what they must be like."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.names import fault
from cmc.core.workspace import CONTENT_TYPES

# CMC-Bench, section 3.1: 400 NSI, 300 SCI and 300 AIGI.
COUNTS = {
    **{"NSI/pgc": 200, "NSI/ugc": 200},
    **{"SCI/game": 100, "SCI/movie": 100, "SCI/screen": 100},
    **{f"AIGI/{model}": 50 for model in ("DALLE3", "MJ", "PG", "Pixart", "SDXL", "SSD")},
}
# Of those that may stay, which do: any, drawn by the seed, or those with the best scores.
RANDOM, BEST = "random", "best"
PICKS = (RANDOM, BEST)
# Least and most of what has both ends.
RANGES = {"jpeg_quality": (1, 100), "blocking": (0, 2)}
BITS = 64


@dataclass(frozen=True)
class Criteria:
    """What a candidate must be like; None asks for nothing.

    least: worst score that is good enough; share: of the candidates that are scored, which part stays, best first, from
    over 0 to 1; least_side, largest_side: ends of the shorter and of the longer side in pixels; jpeg_quality: least one
    of a JPEG; blocking: largest one, as `cmc.curation.blocking` has it; pick: one of PICKS.
    """

    least: float | None = None
    share: float | None = None
    least_side: int | None = None
    largest_side: int | None = None
    jpeg_quality: int | None = None
    blocking: float | None = None
    pick: str = RANDOM

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share <= 1:
            raise CMCError(f"share: expected a number over 0 and up to 1, found {self.share:g}")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise CMCError(f"{name}: expected {low} to {high}, found {value:g}")
        if self.pick not in PICKS:
            raise CMCError(f"pick: expected {' or '.join(PICKS)}, found {self.pick!r}")

    @property
    def scored(self) -> bool:
        """Whether candidates must have scores."""
        return self.least is not None or self.share is not None or self.pick == BEST


@dataclass(frozen=True)
class Group:
    """A content type's subtype: `count` pictures out of `folders`."""

    name: str
    folders: Sequence[Path]
    count: int
    criteria: Criteria = field(default_factory=Criteria)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.folders:
            raise CMCError(f"{self.name} has no folder to choose from; name one")

    def gt_name(self, number: int) -> str:
        """As the benchmark names its pictures: NSI_pgc_002.png."""
        return f"{self.prefix}{number:03}.png"

    @property
    def prefix(self) -> str:
        """What the names of its pictures begin with."""
        return f"{self.name.replace('/', '_')}_"

    def record(self) -> dict[str, object]:
        """For the run file."""
        criteria = {name: value for name, value in asdict(self.criteria).items() if value is not None}
        return {"folders": [folder.as_posix() for folder in self.folders], "count": self.count, **criteria}


@dataclass(frozen=True)
class Plan:
    """metric: what scores candidates, "" for none; distance: bits of 64 in which the hashes of
    near-duplicates differ at most; seed: of the draw."""

    groups: Sequence[Group]
    metric: str
    distance: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.distance <= BITS:
            raise CMCError(f"distance: expected 0 to {BITS} bits, found {self.distance}")

    def scored(self, name: str) -> bool:
        """Whether the candidates of a group get scores: those whose criteria ask for them; with a metric that none asks
        for, all of them, to be looked at."""
        asking = {group.name for group in self.groups if group.criteria.scored}
        return bool(self.metric) and (name in asking or not asking)

    def record(self) -> dict[str, object]:
        """For the run file."""
        groups = {group.name: group.record() for group in self.groups}
        return {"metric": self.metric, "distance": self.distance, "seed": self.seed, "groups": groups}


def _check_name(name: str) -> None:
    kind, _, subtype = name.partition("/")
    if kind not in CONTENT_TYPES or not subtype or "_" in subtype or fault(subtype):
        raise CMCError(
            f"{name!r} is no content type and subtype; expected {'/, '.join(CONTENT_TYPES)}/ and a word without "
            "underscores, as NSI/pgc"
        )


def count_of(name: str, counts: Mapping[str, int]) -> int:
    """How many pictures of a subtype: what `counts` says, else the paper's. Raises CMCError where neither says, and for
    what names no subtype."""
    _check_name(name)
    if name in counts or name in COUNTS:
        return counts.get(name, COUNTS.get(name, 0))
    raise CMCError(f"the paper has no {name}; say how many are wanted, with --count {name}=N or `count` in the plan")
