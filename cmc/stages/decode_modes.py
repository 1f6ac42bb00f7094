"""Step 2 on result folders: each mode claimed, planned, generated and recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cmc.core import run_file
from cmc.core.failed_csv import write_failures
from cmc.core.modes import Mode
from cmc.core.origin import UNKNOWN, settings_digest
from cmc.core.run_file import Document, Sections
from cmc.stages.decode import Decoders, captions_cut, decode, picture_path
from cmc.stages.deviation import Comparison, Deviation
from cmc.stages.engine.ledger import billed
from cmc.stages.job_origins import Sources
from cmc.stages.jobs import Job, plan_batches
from cmc.stages.noise_levels import start_sigmas
from cmc.stages.safe_render import Outcome
from cmc.t2i.base import Sampling

REMEDY = "or another --result_name"


@dataclass
class ModeRun:
    """One mode of a run: what to generate into `folder` from `sources`, and what cannot be, with the reason.

    `stale`: by key, what pictures that lay there had been made from that is another now. `captions_cut`: how many
    captions are longer than the text encoder reads, sigma_range: least and most noise that a picture started with, once
    that was asked. comparison: with exact pictures, where the options are inexact.
    """

    mode: Mode
    folder: Path
    jobs: Sequence[Job]
    failed: Mapping[str, str]
    sources: Sources
    outcomes: list[Outcome] = field(default_factory=list)
    stale: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    captions_cut: int = 0
    sigma_range: list[float] | None = None
    comparison: Comparison | None = None
    _anew: bool = False

    @property
    def run_file(self) -> Path:
        return self.folder / "run.json"

    def check(self, sections: Sections, overwrite: bool) -> None:
        """Refuse pictures of other settings (CMCError), before anything is loaded."""
        run_file.check(self.run_file, sections, self._outputs(), overwrite=overwrite, remedy=REMEDY)

    def claim(self, sections: Sections, overwrite: bool) -> None:
        """Claim the folder for settings, or refuse to mix two in it (CMCError); and find what need not be generated.

        Pictures that are stale, or to be overwritten, are.
        """
        run_file.claim(self.run_file, sections, self._outputs(), overwrite=overwrite, remedy=REMEDY)
        self.take_stock(run_file.read_run(self.run_file))
        self._anew = overwrite
        if overwrite:
            self.done = set()

    def take_stock(self, run: Document) -> bool:
        """Find which pictures are there and made from what is there now, by a run file's settings; whether all are."""
        self.jobs = self.sources.with_origins(self.jobs, settings_digest(run))
        present = [job for job in self.jobs if picture_path(self.folder, job.key).is_file()]
        faults = {job.key: self._fault(job) for job in present}
        self.stale = {key: fault for key, fault in faults.items() if fault}
        self.done = {key for key, fault in faults.items() if not fault}
        return len(self.done) == len(self.jobs)

    def _outputs(self) -> list[Path]:
        pictures = sorted(self.folder.glob("*.png"))
        return [*pictures, self.folder / "failed.csv"] if pictures else []

    def _fault(self, job: Job) -> str:
        """What a picture was made from that is another now; "" for none."""
        origin = self.sources.digests.origin(picture_path(self.folder, job.key))
        return f"something unknown ({UNKNOWN})" if origin is None else " and ".join(origin.differences(job.origin))

    def is_compared(self, overwrite: bool) -> bool:
        """Whether it stands in the run file how far its pictures, which stay, are from exact ones."""
        return not overwrite and bool(self._outputs()) and bool(self._recorded_deviation())

    def _recorded_deviation(self) -> Document:
        return run_file.read_run(self.run_file).get("outcome", {}).get("deviation", {})

    @property
    def deviation(self) -> Deviation | None:
        """How far its pictures are from exact ones, once that is known, where the options are inexact."""
        return self.comparison.look() if self.comparison else None

    def decode(
        self,
        crew: Decoders,
        sampling: Sampling,
        max_side: int | None,
        batch_size: int,
        shrink: bool,
        png_level: int | None = None,
    ) -> Iterator[Outcome]:
        """Generate what is not done, and record at the end what came of it, and what it cost; `shrink`, `png_level` as
        in `BatchOrder`."""
        for key in self.stale:  # so that one which now fails does not stay
            picture_path(self.folder, key).unlink()
        if self._anew and self.comparison:
            for key in self.comparison.keys:  # so that none of before is compared
                picture_path(self.folder, key).unlink(missing_ok=True)
        about = crew.about
        batches = plan_batches(self.jobs, max_side or about.max_side, about.multiple, batch_size)
        sizes = [batch.size for batch in batches for _ in batch.jobs]
        sigmas = crew.ask(partial(start_sigmas, sampling, sizes))
        with billed(crew.ledger, self.run_file, self._anew) as made:
            for outcome in decode(
                batches, crew, sampling, self.folder, done=self.done, shrink=shrink, png_level=png_level
            ):
                self.outcomes.append(outcome)
                if not outcome.error:
                    made.count()
                yield outcome
            self._record(crew, sigmas)

    def _record(self, crew: Decoders, sigmas: Document) -> None:
        write_failures(self.folder / "failed.csv", self.failures())
        self.captions_cut = crew.ask(partial(captions_cut, [job.texts for job in self.jobs]))
        self.sigma_range = sigmas.get("sigma_range")
        outcome: Document = {
            "images": self.total,
            "failed": len(self.failures()),
            "captions_cut": self.captions_cut,
            "fp32_vae": self.retried(),
            **sigmas,
        }
        deviation = self.comparison.end().record() if self.comparison else self._recorded_deviation()
        if deviation:
            outcome["deviation"] = deviation
        run_file.note(self.run_file, outcome=outcome)

    @property
    def total(self) -> int:
        return len(self.jobs) + len(self.failed)

    def count(self) -> int:
        """How many of its pictures are there."""
        return sum(picture_path(self.folder, job.key).is_file() for job in self.jobs)

    def failures(self) -> dict[str, str]:
        """Reasons by key of what came to nothing."""
        return {**self.failed, **{outcome.key: outcome.error for outcome in self.outcomes if outcome.error}}

    def retried(self) -> list[str]:
        """Keys of pictures that overflowed and took an fp32 VAE, sorted."""
        return sorted(outcome.key for outcome in self.outcomes if outcome.retried)
