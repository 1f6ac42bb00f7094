"""Which metrics are computed, and in which column each stands."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.facts import MetricFacts, Range
from cmc.core.faults import faults_told
from cmc.metrics.base import GROUPS, Metric
from cmc.metrics.weight_files import tuned
from cmc.registry import METRICS, Entry

if TYPE_CHECKING:
    import torch


def choose_metrics(names: Sequence[str]) -> list[Entry[MetricFacts]]:
    """The metrics of names and groups, each once, in order. Raises CMCError for an unknown name."""
    members = [member for name in names for member in GROUPS.get(name, (name,))]
    return [METRICS.get(member) for member in dict.fromkeys(members)]


def directions(entries: Sequence[Entry[MetricFacts]]) -> dict[str, bool]:
    """Whether more is better, by column."""
    return {column: entry.facts.higher_is_better for entry in entries for column in columns(entry)}


def columns(entry: Entry[MetricFacts]) -> Sequence[str]:
    """Where its scores stand."""
    return entry.facts.columns or (entry.name,)


def build_metrics(
    entries: Sequence[Entry[MetricFacts]],
    folder: Path,
    device: "torch.device",
    dtype: "torch.dtype",
    fr_order: str | None,
    compiled: bool,
) -> dict[str, Metric]:
    """The metrics of single pictures among `entries`, by column, with weights from a local folder."""
    metrics: dict[str, Metric] = {}
    for entry in entries:
        if not entry.facts.of_sets:
            metric: Metric = entry.create(folder, device, dtype, fr_order=fr_order, compiled=compiled)
            with faults_told(f"the identity of {entry.name}"):
                json.dumps(dict(metric.identity))
            column = columns(entry)[0]
            with suppress(AttributeError):  # of a frozen class, whose range is then its own affair
                metric.ends = range_of(entry, column, folder)
                metric.leaves_out, metric.reads_caption = entry.facts.leaves_out, entry.facts.reads_caption
            metrics[column] = metric
    return metrics


def range_of(entry: Entry[MetricFacts], column: str, folder: Path) -> Range:
    """The range of a column's scores; what was fine-tuned to other opinions, in `folder`, has no ends."""
    if entry.facts.tuned_weights is not None and tuned(folder, entry.name):
        return (None, None)
    return entry.facts.ranges.get(column, entry.facts.range)
