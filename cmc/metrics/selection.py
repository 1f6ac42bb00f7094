"""Which metrics are computed, and in which column each stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.facts import MetricFacts
from cmc.metrics.base import GROUPS, Metric
from cmc.registry import METRICS, Entry

if TYPE_CHECKING:
    import torch


def choose_metrics(names: Sequence[str]) -> list[Entry[MetricFacts]]:
    """The metrics of names and groups, each once, in order. Raises CMCError for an unknown name."""
    members = [member for name in names for member in GROUPS.get(name, (name,))]
    return [METRICS.get(member) for member in dict.fromkeys(members)]


def directions(entries: Sequence[Entry[MetricFacts]]) -> dict[str, bool]:
    """Whether more is better, by column."""
    return {column: entry.facts.higher_is_better for entry in entries for column in _columns(entry)}


def _columns(entry: Entry[MetricFacts]) -> Sequence[str]:
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
    return {
        _columns(entry)[0]: entry.create(folder, device, dtype, fr_order=fr_order, compiled=compiled)
        for entry in entries
        if not entry.facts.of_sets
    }
