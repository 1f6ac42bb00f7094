"""What goes into each job, by digests; and the refusal to decode captions and references that are stale themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError, lines
from cmc.core.items import SentText
from cmc.core.origin import Origin, settings_digest, text_digest
from cmc.core.run_file import read_run
from cmc.maps.map_file import digest_of_maps
from cmc.stages.decode_jobs import Captions
from cmc.stages.jobs import Job


@dataclass(frozen=True)
class Sources:
    """What jobs of one mode are made from: ground truths by key (none on a machine that was sent streams), the
    captions if the decoder reads them."""

    gts: Mapping[str, Path]
    captions: Captions | None
    digests: FileDigests

    def of(self, job: Job, settings: str | None) -> Origin:
        """The origin of a job's picture."""
        return Origin(
            settings=settings,
            gt=self.gt(job.key),
            caption="" if self.captions is None else text_digest(SentText(job.details, job.prompt).text),
            reference="" if job.reference is None else self.digests.of_picture(job.reference),
            maps="" if job.maps is None else digest_of_maps(job.maps, len(job.details)),
        )

    def gt(self, key: str) -> str | None:
        """The digest of a ground truth, None where there is none."""
        return self.digests.of_file(self.gts[key]) if key in self.gts else None

    def with_origins(self, jobs: Sequence[Job], settings: str) -> list[Job]:
        """The jobs, each with what its picture will be made from."""
        return [replace(job, origin=self.of(job, settings)) for job in jobs]

    def stale_inputs(self, references: Mapping[str, Path | None]) -> dict[str, str]:
        """By key: which input of an image, its caption or the reference named, was made from what is another now, and
        what to do."""
        runs = {path.parent: read_run(path.parent / "run.json") for path in references.values() if path}
        settings = {folder: settings_digest(run) for folder, run in runs.items() if run}
        faults = {
            key: self._stale_caption(key) or self._stale_reference(key, path, settings)
            for key, path in references.items()
        }
        return {key: fault for key, fault in faults.items() if fault}

    def _stale_caption(self, key: str) -> str:
        origin = self.captions.origins.get(key) if self.captions else None
        differences = origin.differences(Origin(gt=self.gt(key), caption=None)) if origin else []
        return f"its caption was made from {differences[0]} (run script-i2t.py again)" if differences else ""

    def _stale_reference(self, key: str, path: Path | None, settings: Mapping[Path, str]) -> str:
        origin = self.digests.origin(path) if path else None
        if origin is None or path is None:
            return ""
        now = Origin(gt=self.gt(key), settings=settings.get(path.parent), stream=None)
        differences = origin.differences(now)
        return f"its reference was made from {differences[0]} (run cmc reference again)" if differences else ""


def refuse_stale(stale: Mapping[str, str]) -> None:
    """Raises CMCError that names what cannot be decoded as it stands."""
    if stale:
        listed = lines(f"{key}: {fault}" for key, fault in stale.items())
        raise CMCError(
            f"{len(stale)} image(s) have stale inputs; mend that, or --allow_partial goes on without:{listed}"
        )
