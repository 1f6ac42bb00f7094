"""The rows of the leaderboards: published ones and a user's, and what bars a user's from the ranks."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np

from cmc.core.bootstrap import draw_counts
from cmc.core.workspace import ALL, content_type, groups
from cmc.leaderboard.boards import CONTENT_COUNTS
from cmc.leaderboard.published import load_published
from cmc.scores.resample import resample, score_columns
from cmc.scores.score_file import ScoreFile, other_scale
from cmc.scores.summary import FR, NR, Key
from cmc.stages.evaluate_tasks import BLACK, FAILED, MISSING, SCORED

PUBLISHED, YOURS = "published", "yours"


@dataclass(frozen=True)
class Row:
    """One model on the boards: a decoder, or with `encoder` a captioner.

    `cells`: means by (content, mode, metric); `draws`: their bootstrap resamples, empty for a published row;
    `lost`: pictures without a score by kind; `barred`: why it may not be ranked among published rows;
    `rates`: mean bpp by (content, mode) where every scored picture's was measured.
    """

    name: str
    source: str
    cells: Mapping[Key, float]
    draws: Mapping[Key, np.ndarray] = field(default_factory=dict)
    encoder: bool = False
    captions: str = ""
    lost: Mapping[str, int] = field(default_factory=dict)
    barred: tuple[str, ...] = ()
    rates: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def bpp(self, modes: Sequence[str], content: str = ALL) -> float | None:
        """Mean bits per pixel over modes; None where one was not measured."""
        rates = [self.rates[content, mode] for mode in modes if (content, mode) in self.rates]
        return fmean(rates) if rates and len(rates) == len(modes) else None

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
    names = sorted({name for file in files for name in file.names})
    counts = draw_counts(len(names)) if names else np.empty((0, 0))
    return [_row(file, names, counts, barred.get(file.target, ())) for file in files]


def _row(file: ScoreFile, names: Sequence[str], counts: np.ndarray, barred: tuple[str, ...]) -> Row:
    columns = score_columns(file.scores, names)
    return Row(
        file.target,
        YOURS,
        {key: float(np.nanmean(column)) for key, column in columns.items()},
        resample(columns, counts),
        lost=count_lost(file),
        barred=barred,
        rates=mean_rates(file),
    )


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
