"""Which metrics are computed, and in which column each stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.facts import MetricFacts
from cmc.metrics.base import GROUPS, Metric
from cmc.registry import METRICS, Entry

if TYPE_CHECKING:
    import torch


def choose(names: Sequence[str]) -> list[Entry[MetricFacts]]:
    """The metrics of names and groups, each once, in order. Raises CMCError for an unknown name."""
    return [METRICS.get(name) for name in dict.fromkeys(one for name in names for one in GROUPS.get(name, (name,)))]


def directions(entries: Sequence[Entry[MetricFacts]]) -> dict[str, bool]:
    """Whether more is better, by column."""
    return {column: one.facts.higher_is_better for one in entries for column in _columns(one)}


def _columns(entry: Entry[MetricFacts]) -> Sequence[str]:
    return entry.facts.columns or (entry.name,)


def build(
    entries: Sequence[Entry[MetricFacts]],
    folder: Path,
    device: "torch.device",
    dtype: "torch.dtype",
    fr_order: str,
    compiled: bool,
) -> dict[str, Metric]:
    """The metrics of single pictures among `entries`, by column, with weights from a local folder."""
    return {
        _columns(one)[0]: one.create(folder, device, dtype, fr_order=fr_order, compiled=compiled)
        for one in entries
        if not one.facts.of_sets
    }
