"""Step 2 on result folders: each mode claimed, planned, generated and recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core import run_file
from cmc.core.failed_csv import write_failures
from cmc.core.faults import faults_told
from cmc.core.modes import Mode
from cmc.stages.decode import Job, decode, plan_batches
from cmc.stages.safe_render import Outcome
from cmc.t2i.base import Decoder, Sampling


@dataclass
class ModeRun:
    """One mode of a run: what to generate into `folder`, and what cannot be, with the reason."""

    mode: Mode
    folder: Path
    jobs: Sequence[Job]
    failed: Mapping[str, str]
    outcomes: list[Outcome] = field(default_factory=list)

    def claim(self, sections: Mapping[str, Mapping[str, object]], overwrite: bool) -> None:
        """Claim the folder for settings, or refuse to mix two in it (CMCError)."""
        pictures = sorted(self.folder.glob("*.png"))
        outputs = [*pictures, self.folder / "failed.csv"] if pictures else []
        remedy = "or another --result_name"
        run_file.claim(self.folder / "run.json", sections, outputs, overwrite=overwrite, remedy=remedy)

    def count(self) -> int:
        """How many of its pictures are there."""
        return sum((self.folder / f"{job.key}.png").is_file() for job in self.jobs)

    def decode(
        self, decoder: Decoder, sampling: Sampling, max_side: int | None, batch_size: int, shrink: bool
    ) -> Iterator[Outcome]:
        """Generate what is not there, and record at the end what came of it; `shrink` as in `decode`."""
        batches = plan_batches(self.jobs, max_side or decoder.max_side, decoder.multiple, batch_size)
        for outcome in decode(batches, decoder, sampling, self.folder, shrink=shrink):
            self.outcomes.append(outcome)
            yield outcome
        write_failures(self.folder / "failed.csv", self.failures())
        outcome_counts = {
            "images": self.total,
            "failed": len(self.failures()),
            "captions_cut": self.captions_cut(decoder),
            "fp32_vae": self.retried(),
        }
        run_file.note(self.folder / "run.json", outcome=outcome_counts)

    @property
    def total(self) -> int:
        return len(self.jobs) + len(self.failed)

    def failures(self) -> dict[str, str]:
        """Reasons by key of what came to nothing."""
        return {**self.failed, **{outcome.key: outcome.error for outcome in self.outcomes if outcome.error}}

    def retried(self) -> list[str]:
        """Keys of pictures that overflowed and took an fp32 VAE, sorted."""
        return sorted(outcome.key for outcome in self.outcomes if outcome.retried)

    def captions_cut(self, decoder: Decoder) -> int:
        """How many captions are longer than the text encoder reads."""
        with faults_told("the decoder's tokens_over"):
            return sum(decoder.tokens_over(job.prompt) > 0 for job in self.jobs)
