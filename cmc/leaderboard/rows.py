"""The rows of the leaderboards: published ones and a user's, and what bars a user's from the ranks."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Protocol

import numpy as np

from cmc.core.bootstrap import draw_counts, draw_seed_counts
from cmc.core.crossed import seed_deviations
from cmc.core.workspace import ALL, content_type, groups
from cmc.leaderboard.boards import CONTENT_COUNTS, Value
from cmc.leaderboard.published import load_published
from cmc.scores.costs import TargetCosts
from cmc.scores.resample import resample
from cmc.scores.score_file import ScoreFile, other_scale
from cmc.scores.seed_groups import SeedGroup
from cmc.scores.summary import FR, NR, Key
from cmc.stages.evaluate_tasks import BLACK, FAILED, MISSING, SCORED

PUBLISHED, YOURS = "published", "yours"


class Statistic(Protocol):
    """A number that is linear in scores: of means a mean, of resampled means their resamples, of tables (images, seeds)
    the table of each picture's own. NaN where a score is missing."""

    def __call__(self, cells: Mapping[Key, Value]) -> Value: ...


@dataclass(frozen=True)
class Row:
    """One model on the boards: a decoder, or with `encoder` a captioner.

    `cells`: means by (content, mode, metric); `draws`: their bootstrap resamples, over images and seeds, and
    `image_draws` over images alone; `tables`: the (images, seeds) scores themselves; all three empty for a published
    row; `seeds`: of the results that it is the mean of, empty for a single one; `targets`: their names; `lost`:
    pictures without a score by kind; `barred`: why it may not be ranked among published rows; `rates`: mean bpp by
    (content, mode) where every scored picture's was measured, or, in the modes `stated`, is what its author says;
    `costs`: what its run files say that it took.
    """

    name: str
    source: str
    cells: Mapping[Key, float]
    draws: Mapping[Key, np.ndarray] = field(default_factory=dict)
    image_draws: Mapping[Key, np.ndarray] = field(default_factory=dict)
    tables: Mapping[Key, np.ndarray] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    encoder: bool = False
    captions: str = ""
    lost: Mapping[str, int] = field(default_factory=dict)
    barred: tuple[str, ...] = ()
    rates: Mapping[tuple[str, str], float] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    costs: TargetCosts = field(default_factory=TargetCosts)

    def bpp(self, modes: Sequence[str], content: str = ALL) -> float | None:
        """Mean bits per pixel over modes; None where one was not measured."""
        rates = [self.rates[content, mode] for mode in modes if (content, mode) in self.rates]
        return fmean(rates) if rates and len(rates) == len(modes) else None

    def resampled(self, statistic: Statistic) -> np.ndarray:
        """(resamples,) of a statistic over images and seeds; a published row's is the same in all of them."""
        return self.image_resampled(statistic) + self.seed_draws(statistic)

    def image_resampled(self, statistic: Statistic) -> np.ndarray:
        """As `resampled`, over images alone."""
        return statistic(self.image_draws) if self.draws else np.full(1, statistic(self.cells))

    def seed_draws(self, statistic: Statistic) -> np.ndarray | float:
        """(resamples,) what resampled seeds add to a statistic over resampled images; 0 without several seeds."""
        return seed_deviations(statistic(self.tables), draw_seed_counts(self.seeds)) if self.seeds else 0.0

    def modes(self, content: str = ALL) -> set[str]:
        """The modes that it has both of the benchmark's means of, over the images of one content type."""
        fr, nr = ({mode for kind, mode, name in self.cells if (kind, name) == (content, metric)} for metric in (FR, NR))
        return fr & nr


def published_rows() -> list[Row]:
    """The benchmark's 12 decoders, then its 6 encoders, with their means by content type from the paper."""
    decoders = _published_cells(("readme_t2i", "table3", "table4"))
    encoders = _published_cells(("readme_i2t", "table5"))
    rows = [Row(model, PUBLISHED, cells, captions="GPT-4o") for model, cells in decoders.items()]
    return rows + [Row(model, PUBLISHED, cells, encoder=True) for model, cells in encoders.items()]


def _published_cells(tables: Sequence[str]) -> dict[str, dict[Key, float]]:
    """The means of each model from all of the tables, by model."""
    models: dict[str, dict[Key, float]] = {}
    for table in tables:
        for row in load_published(table):
            models.setdefault(row.model, {}).update(row.cells)
    return models


def user_rows(files: Sequence[ScoreFile], barred: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """One row a scored target; `barred` by target. Every interval comes from the same resampled images."""
    return seed_rows([SeedGroup((file,)) for file in files], barred)


def seed_rows(groups: Sequence[SeedGroup], barred: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """As `user_rows`, one row a group of targets that differ in nothing but their seed."""
    names = sorted({name for group in groups for file in group.files for name in file.names})
    counts = draw_counts(len(names)) if names else np.empty((0, 0))
    return [_row(group, names, counts, barred) for group in groups]


def _row(group: SeedGroup, names: Sequence[str], counts: np.ndarray, barred: Mapping[str, tuple[str, ...]]) -> Row:
    tables = group.tables(names)
    columns = {key: table.mean(axis=1) for key, table in tables.items()}
    image_draws = resample(columns, counts)
    draws = image_draws
    if group.seeds:
        seed_counts = draw_seed_counts(group.seeds)
        draws = {key: of_key + seed_deviations(tables[key], seed_counts) for key, of_key in image_draws.items()}
    return Row(
        group.name,
        YOURS,
        {key: float(np.nanmean(column)) for key, column in columns.items()},
        draws,
        image_draws,
        tables,
        group.seeds,
        group.targets,
        lost=dict(sum((Counter(count_lost(file)) for file in group.files), Counter())),
        barred=_reasons({target: barred.get(target, ()) for target in group.targets}),
        rates=_seed_rates([mean_rates(file) for file in group.files]),
        stated=frozenset(mode for file in group.files for mode in file.stated_modes),
    )


def _reasons(barred: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What bars any of a row's targets; the name stands before what does not hold for all."""
    reasons = dict.fromkeys(reason for of_target in barred.values() for reason in of_target)
    return tuple(_named(reason, [name for name, own in barred.items() if reason in own], barred) for reason in reasons)


def _named(reason: str, targets: Sequence[str], every: Iterable[str]) -> str:
    return reason if list(every) == targets else f"{', '.join(targets)}: {reason}"


def _seed_rates(rates: Sequence[Mapping[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    """The mean over seeds of rates that are known of every one."""
    return {key: fmean(of_seed[key] for of_seed in rates) for key in rates[0] if all(key in each for each in rates)}


def mean_rates(file: ScoreFile) -> dict[tuple[str, str], float]:
    """Mean bpp by (content, mode); a mode with a picture of unknown rate is left out, not averaged over the others."""
    rates: dict[tuple[str, str], list[float]] = {}
    for score in file.scores:
        for content in groups(score.name):
            if score.status == SCORED:
                rates.setdefault((content, score.mode), []).append(score.rate.bpp if score.rate else math.nan)
    means = {key: fmean(bpps) for key, bpps in rates.items()}
    return {key: mean for key, mean in means.items() if not math.isnan(mean)}


def count_lost(file: ScoreFile) -> dict[str, int]:
    """Pictures without a score: those that the decoder recorded as failed, missing, black, unusable."""
    kinds = Counter(score.status.partition(":")[0] for score in file.scores if score.status != SCORED)
    return {kind: kinds[kind] for kind in (FAILED, MISSING, BLACK, *sorted(kinds)) if kind in kinds}


def as_encoder(row: Row) -> Row:
    """A decoder's row as the row of the captioner that it read from, named after both."""
    return replace(row, name=f"{row.captions} ({row.name})", encoder=True, captions="")


def bars(file: ScoreFile, weights: Mapping[str, str], partial: bool) -> tuple[str, ...]:
    """Why a target's means may not be compared with published ones; empty if they may.

    `weights`: the start of the SHA-256 that each `*_weights` setting must have; `partial`: fewer images than the
    benchmark's do not bar.
    """
    reasons = other_scale(file.settings)
    reasons += [
        f"{setting} {file.settings.get(setting, 'unknown')} are not those of the benchmark's files here ({sha256})"
        for setting, sha256 in weights.items()
        if file.settings.get(setting) != sha256
    ]
    if not partial:
        counts = Counter(content_type(name)[0] for name in file.names)
        if counts != CONTENT_COUNTS:
            reasons.append(f"{counts.total():,} image(s), not the benchmark's 400 NSI, 300 SCI, 300 AIGI")
        reasons += [f"{count} {kind}" for kind, count in count_lost(file).items()]
    return tuple(reasons)
