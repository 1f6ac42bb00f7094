"""What a search maximises, and what a setting's score file says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.errors import CMCError, some
from cmc.core.workspace import key_of
from cmc.metrics.base import FR, NR
from cmc.metrics.selection import choose_metrics, columns, directions
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import overall
from cmc.stages.evaluate_tasks import SCORED

OVERALL = "overall"


@dataclass(frozen=True)
class Measured:
    """A setting's images, in the order asked, averaged over its modes: (images,) by metric, and measured bits per
    pixel, None where any picture has no measured rate."""

    values: Mapping[str, np.ndarray]
    bpp: np.ndarray | None


@dataclass(frozen=True)
class Objective:
    """`overall` or the column of a metric; sign: -1 where less is better."""

    name: str
    sign: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        """The metrics that it is computed from."""
        return (FR, NR) if self.name == OVERALL else (self.name,)

    def scores(self, measured: Measured) -> np.ndarray:
        """(images,) more is better; `overall` as (2 FR + NR) / 3 of each image. Raises CMCError where it was not
        measured."""
        lacking = [column for column in self.columns if column not in measured.values]
        if lacking:
            raise CMCError(f"{some(lacking)} was not scored; score it with --metrics as in the plan")
        if self.name == OVERALL:
            return np.array([overall(fr, nr) for fr, nr in zip(measured.values[FR], measured.values[NR], strict=True)])
        return self.sign * measured.values[self.name]


def find_objective(name: str, metrics: Sequence[str]) -> Objective:
    """The objective of that name among the `metrics` of a study, named as `cmc evaluate --metrics` takes them.

    Raises CMCError for one that they do not measure, and for a metric of whole folders: no single image has it.
    """
    entries = choose_metrics(metrics)
    found = directions(entries)
    of_sets = [column for entry in entries if entry.facts.of_sets for column in columns(entry)]
    single = [column for column in found if column not in of_sets]
    if name in of_sets:
        raise CMCError(f"--search {name}: {name} is of whole folders, not of single images; search by another metric")
    objective = Objective(name, 1 if found.get(name, True) else -1)
    if not set(objective.columns) <= set(single):
        able = [OVERALL, *single] if {FR, NR} <= set(single) else single
        raise CMCError(f"--search {name}: the plan's metrics measure {some(able, 20)}; choose one, or add to metrics")
    return objective


def measured(file: ScoreFile, modes: Sequence[str], keys: Sequence[str]) -> Measured:
    """What a score file says of the images `keys` in `modes`.

    Raises CMCError that names the pictures without a score: a mean over fewer images compares nothing.
    """
    scores = {(key_of(score.name), score.mode): score for score in file.scores}
    wanted = [(key, mode) for key in keys for mode in modes]
    lacking = {
        f"{mode}/{key}": scores[key, mode].status if (key, mode) in scores else "not scored"
        for key, mode in wanted
        if (key, mode) not in scores or scores[key, mode].status != SCORED
    }
    if lacking:
        named = some((f"{picture} ({status})" for picture, status in lacking.items()), 2)
        raise CMCError(f"{len(lacking)} of {len(wanted)} pictures have no score: {named}")
    rows = [[scores[key, mode] for mode in modes] for key in keys]
    rates = [[score.rate.bpp for score in row if score.rate] for row in rows]
    whole = all(len(row) == len(modes) for row in rates)
    # A metric that leaves a picture out compares nothing.
    columns = [column for column in rows[0][0].values if all(column in s.values for row in rows for s in row)]
    return Measured(
        {column: _mean_over_modes([[s.values[column] for s in row] for row in rows]) for column in columns},
        _mean_over_modes(rates) if whole else None,
    )


def _mean_over_modes(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """(images,) of (images, modes)."""
    return np.array(rows).mean(axis=1)
