"""How a run of step 3 scores, from the metrics asked for to the means of every target."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.choice import Choice
from cmc.core.errors import CMCError
from cmc.core.facts import MetricFacts
from cmc.core.workspace import Workspace
from cmc.metrics.base import FR, PUBLISHED, SetMetric
from cmc.metrics.selection import columns, directions, range_of
from cmc.registry import Entry
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import EXACT, LEFT_OUT, SHORT_HASH
from cmc.scores.set_metrics import set_features, with_set_metric
from cmc.scores.summary import Cell, summarise
from cmc.stages.evaluate import Score, largest_differences
from cmc.stages.evaluate_tasks import SCORED, Task
from cmc.stages.scoring_worker import MetricAbout, MetricsLoader

if TYPE_CHECKING:
    import torch

# Shows the progress of a loop over tasks that has a title.
Progress = Callable[[Sequence[Task], str], Iterable[Task]]


@dataclass(frozen=True)
class InexactScores:
    """How far scores of an inexact setting are from exact ones at most, by column, over some pictures."""

    gaps: Mapping[str, float]
    pictures: int
    images: int

    @classmethod
    def between(cls, scores: Sequence[Score], exact: Sequence[Score], images: int) -> "InexactScores":
        """Of scores of the same pictures of some `images` by two settings."""
        pictures = sum(score.status == SCORED for score in scores)
        return cls(largest_differences(scores, exact), pictures, images)


@dataclass(frozen=True)
class Scoring:
    """Metrics and how they are computed. fr_order as in `FR_ORDERS`, None for that in which the weights were fitted;
    weights: the folder they are read from."""

    entries: Sequence[Entry[MetricFacts]]
    weights: Path
    device: "torch.device"
    dtype: "torch.dtype"
    fr_order: str | None
    compiled: bool = False

    @property
    def exact(self) -> bool:
        """Whether scores equal the reference implementation's."""
        return not self.compiled and str(self.dtype) == EXACT

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """By column."""
        return directions(self.entries)

    def loader(self, plugins: tuple[Path, ...]) -> MetricsLoader:
        """What loads the metrics of single pictures; `plugins`: files that may register some."""
        return MetricsLoader(plugins, self.device, self.entries, self.weights, self.dtype, self.fr_order, self.compiled)

    def exact_loader(self, plugins: tuple[Path, ...]) -> MetricsLoader:
        """What loads those that heed the number format, in fp32."""
        import torch

        entries = [entry for entry in self.entries if entry.facts.inexact]
        return MetricsLoader(plugins, self.device, entries, self.weights, torch.float32, self.fr_order, False)

    def summarise(
        self,
        scores: Sequence[Score],
        targets: Sequence[str],
        tasks: Sequence[Task],
        progress: Progress,
        device: "torch.device",
    ) -> dict[str, list[Cell]]:
        """The means of every target with their intervals, and what metrics of whole folders say, computed in this
        process on `device`."""
        cells = {}
        for target in targets:
            target_scores = [score for score in scores if score.target == target]
            cells[target] = with_intervals(summarise(target_scores), target_scores)
        for entry in self.entries:
            if entry.facts.of_sets:
                metric: SetMetric = entry.create(self.weights, device)
                ends = {column: range_of(entry, column, self.weights) for column in columns(entry)}
                features = set_features(entry.name, metric, progress(tasks, entry.name), scores)
                for target in targets:
                    cells[target] = with_set_metric(cells[target], target, metric, features, ends)
        return cells

    def unreliable(self, images: int) -> list[Entry[MetricFacts]]:
        """Metrics of whole folders that ask for more images."""
        return [entry for entry in self.entries if entry.facts.of_sets and images < entry.facts.least]

    def settings(
        self, metrics: Mapping[str, MetricAbout], names: Sequence[str], choice: Choice, space: Workspace
    ) -> dict[str, str]:
        """What stands in every row of the score files. `names`: of metrics and groups, none for the default."""
        weights = {column: metric.identity.get("weights") for column, metric in metrics.items()}
        fitted = metrics[FR].identity.get("fr_order") if FR in metrics else None
        settings = {"fr_order": self.fr_order or fitted or PUBLISHED}
        settings |= {f"{column}_weights": sha256[:SHORT_HASH] for column, sha256 in weights.items() if sha256}
        settings |= {f"{column}_note": metric.note for column, metric in metrics.items() if metric.note}
        words = {column: entry.facts.leaves_out for entry in self.entries for column in columns(entry)}
        settings |= {f"{column}{LEFT_OUT}": which for column, which in words.items() if which}
        settings["dtype"] = str(self.dtype)
        lower = [column for column, higher in self.higher_is_better.items() if not higher]
        further = {
            "metrics": " ".join(names),
            "compiled": "True" if self.compiled else "",
            "lower_is_better": " ".join(lower),
            "limit": "" if choice.limit is None else str(choice.limit),
            "images": space.recorded(choice.path) if choice.path else "",
        }
        return settings | {name: text for name, text in further.items() if text}


def scoring_dtype(name: str, device: "torch.device") -> "torch.dtype":
    """The number format of scoring: `auto` is fp32. Raises CMCError for fp16 on a CPU, which computes it wrongly."""
    from cmc.core.device import pick_dtype

    if name == "fp16" and device.type == "cpu":
        raise CMCError("--dtype fp16 is for GPUs, a CPU computes in fp32 or bf16; choose one of those")
    return pick_dtype("fp32" if name == "auto" else name, device)
