"""What captions, pictures and scores cost, as run files and codecs' tables say; what nothing says stays empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from statistics import fmean

from cmc.core.cost import Cost, read_cost
from cmc.core.run_file import Document, read_run
from cmc.core.workspace import Workspace
from cmc.scores.provenance import captions_read
from cmc.stages.run_codec import STREAMS
from cmc.stages.stream_sizes import StreamTable

SCORES_RUN = "scores.run.json"
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class CodingSeconds:
    """Mean seconds by the clock that a codec took for a picture, either way; `pictures`: those that it coded."""

    pictures: int
    encode: float
    decode: float


@dataclass(frozen=True)
class TargetCosts:
    """What a result cost. captioning: of the table that it read, by that table's name; decoding: by mode; each None or
    left out where no run file says it; coding: of a codec's result."""

    captioning: Mapping[str, Cost] = field(default_factory=dict)
    decoding: Mapping[str, Cost] = field(default_factory=dict)
    scoring: Cost | None = None
    coding: CodingSeconds | None = None


@dataclass(frozen=True)
class PictureCost:
    """Of one picture: seconds of computing, and dollars and joules of everything, where known."""

    seconds: float
    dollars: float | None
    joules: float | None


def read_costs(folder: Path, runs: Mapping[str, Document], space: Workspace, price: float | None = None) -> TargetCosts:
    """The costs of a target's `folder` with `run.json` by mode; `price`: dollars an hour of a worker, for what states
    none. Raises CMCError for a file of another kind."""
    tables = {Path(name).stem: space.find(name).with_suffix(".run.json") for name in sorted(captions_read(runs))}
    captioning = {name: read_cost(read_run(path)) for name, path in tables.items()}
    decoding = {mode: read_cost(run) for mode, run in runs.items()}
    scoring = read_cost(read_run(folder / SCORES_RUN))
    codecs = [folder / mode / STREAMS for mode, run in runs.items() if "codec" in run.get("settings", {})]
    return TargetCosts(
        {name: priced(cost, price) for name, cost in captioning.items() if cost},
        {mode: priced(cost, price) for mode, cost in decoding.items() if cost},
        priced(scoring, price) if scoring else None,
        _coding(codecs[0]) if codecs else None,
    )


def _coding(folder: Path) -> CodingSeconds | None:
    rows = list(StreamTable(folder).rows.values())
    if not rows:
        return None
    return CodingSeconds(len(rows), fmean(row.encode_s for row in rows), fmean(row.decode_s for row in rows))


def priced(cost: Cost, price: float | None) -> Cost:
    """The cost at `price` dollars an hour of a worker, unless it states its own dollars."""
    if price is None or cost.dollars is not None:
        return cost
    return replace(cost, dollars_per_hour=price, dollars=cost.worker_s * price / SECONDS_PER_HOUR)


def merged_costs(costs: Sequence[TargetCosts]) -> TargetCosts:
    """Of results of several seeds together; what one of them does not say, all together do not."""
    modes = [mode for mode in costs[0].decoding if all(mode in each.decoding for each in costs)]
    scoring = [each.scoring for each in costs if each.scoring]
    return TargetCosts(
        # They read the same captions.
        costs[0].captioning,
        {mode: _sum([each.decoding[mode] for each in costs]) for mode in modes},
        _sum(scoring) if len(scoring) == len(costs) else None,
        costs[0].coding if len(costs) == 1 else None,
    )


def _sum(costs: Sequence[Cost]) -> Cost:
    return reduce(Cost.plus, costs)


def picture_cost(costs: Sequence[Cost | None]) -> PictureCost | None:
    """The mean over several modes' costs, or None where one is not known or is of no picture."""
    known = [cost for cost in costs if cost and cost.pictures]
    if not known or len(known) < len(costs):
        return None
    return PictureCost(
        fmean(cost.compute_s / cost.pictures for cost in known),
        _mean([(cost.dollars, cost.pictures) for cost in known]),
        _mean([(cost.energy_j, cost.pictures) for cost in known]),
    )


def _mean(amounts: Sequence[tuple[float | None, int]]) -> float | None:
    known = [amount / pictures for amount, pictures in amounts if amount is not None]
    return fmean(known) if len(known) == len(amounts) else None
