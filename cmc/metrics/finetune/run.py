"""A run of fine-tuning: a table of opinions and settings in, a weight file out, with a record of how it went.

Beside the weight file lie, under its name, a `.checkpoint` to go on from and a `.json` record of settings and figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.files import sha256
from cmc.core.run_file import claim, note
from cmc.metrics.finetune.files import save_weights
from cmc.metrics.finetune.loop import Epoch, finetune
from cmc.metrics.finetune.opinions import Opinion, read_opinions, split
from cmc.metrics.finetune.trainable import Trainable, trainable

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class FineTuningSettings:
    """What a run is made with; numbers left out are the authors' (CMC-Bench, section 4.1 and appendix).

    table: CSV as `read_opinions` takes it; out: the weight file, .safetensors or .pth; weights: those to start from,
    None for a fresh network on its backbone; batch_size: pictures an update; train_share: share of the references to
    learn from, in (0, 1), the others are held out; seed: of the split and the order; note: kept in the weight file and
    shown with every score made with it; half: store it in half precision; overwrite: start anew where a run with other
    settings lies.
    """

    metric: str
    table: Path
    out: Path
    weights: Path | None = None
    epochs: int = 50
    learning_rate: float = 2e-5
    batch_size: int = 8
    train_share: float = 0.8
    seed: int = 42
    note: str = ""
    half: bool = False
    overwrite: bool = False

    @property
    def checkpoint(self) -> Path:
        """What a stopped run goes on from."""
        return self.out.with_suffix(".checkpoint")

    @property
    def record(self) -> Path:
        """The run file."""
        return self.out.with_suffix(".json")


@dataclass(frozen=True)
class FineTuning:
    """A run that has claimed its files: the network, the opinions to learn from, and those held out."""

    settings: FineTuningSettings
    metric: Trainable
    train: list[Opinion]
    held_out: list[Opinion]

    @classmethod
    def start(cls, settings: FineTuningSettings, device: "torch.device") -> "FineTuning":
        """Claim the files of a run, build its network and split its table.

        Raises CMCError for files of a run with other settings, weights that do not fit, and a table that is wrong or
        too small to split.
        """
        outputs = [path for path in (settings.checkpoint, settings.out) if path.is_file()]
        sections = {"settings": _claimed(settings)}
        claim(settings.record, sections, outputs, overwrite=settings.overwrite, remedy="or another --out")
        if settings.overwrite:
            settings.checkpoint.unlink(missing_ok=True)
        metric = trainable(settings.metric, settings.weights, device)
        opinions = read_opinions(settings.table, metric.full_reference)
        train, held_out = split(opinions, settings.train_share, settings.seed)
        return cls(settings, metric, train, held_out)

    def epochs(self) -> Iterator[Epoch]:
        """Learn, yielding each epoch once its checkpoint and its figures are written."""
        settings = self.settings
        epochs = finetune(
            self.metric,
            self.train,
            self.held_out,
            settings.checkpoint,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            batch_size=settings.batch_size,
            seed=settings.seed,
        )
        for epoch in epochs:
            note(settings.record, last=vars(epoch))
            yield epoch

    def save(self) -> None:
        """Write the weight file."""
        save_weights(self.settings.out, self.metric, self.settings.note, self.settings.half)


def _claimed(settings: FineTuningSettings) -> dict[str, object]:
    """What two runs must have in common for one to go on where the other was stopped."""
    return {
        "metric": settings.metric,
        "learning_rate": settings.learning_rate,
        "batch_size": settings.batch_size,
        "train_share": settings.train_share,
        "seed": settings.seed,
        "table_sha256": _digest(settings.table),
        "weights_sha256": _digest(settings.weights),
    }


def _digest(path: Path | None) -> str | None:
    return sha256(path) if path and path.is_file() else None
