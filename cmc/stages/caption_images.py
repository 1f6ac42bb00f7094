"""Step 1 on a caption table: what it lacks, or has of another making, is asked; each batch is written at once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cmc.core import run_file
from cmc.core.caption_origins import origins_file, read_origins, write_captions_with_origins
from cmc.core.captions import read_captions
from cmc.core.digests import FileDigests
from cmc.core.failed_csv import write_failures
from cmc.core.names import composed
from cmc.core.origin import Origin, settings_digest, text_digest
from cmc.core.run_file import Sections
from cmc.i2t.base import Answer
from cmc.stages.encode import Caption, Encoders, encode
from cmc.stages.engine.ledger import billed

REMEDY = "or another --output_path"


@dataclass
class CaptionTable:
    """`Text/<encoder>.csv` and the files beside it.

    `captions`, `origins`, `failed` (reasons), `stale` (what they were made from that is another now) and `remarks` of
    this run's answers, by file name; `remedy`: what to do beside `--overwrite` where settings are others.
    """

    path: Path
    remedy: str = REMEDY
    captions: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    stale: dict[str, str] = field(default_factory=dict)
    _now: dict[str, Origin] = field(default_factory=dict)
    _redo: set[str] = field(default_factory=set)
    _anew: bool = False

    @property
    def run_file(self) -> Path:
        return self.path.with_suffix(".run.json")

    def check(self, sections: Sections, overwrite: bool) -> None:
        """Refuse captions of other settings (CMCError), before anything is loaded."""
        run_file.check(self.run_file, sections, self._outputs(), overwrite=overwrite, remedy=self.remedy)

    def claim(self, sections: Sections, overwrite: bool) -> None:
        """Refuse captions of other settings (CMCError), or, to `overwrite`, take them away."""
        run_file.claim(self.run_file, sections, self._outputs(), overwrite=overwrite, remedy=self.remedy)

    def _outputs(self) -> list[Path]:
        return [path for path in (self.path, origins_file(self.path)) if path.is_file()] if self.path.is_file() else []

    def read(self, images: Mapping[str, Path], digests: FileDigests, overwrite: bool) -> None:
        """Take in what earlier runs wrote, without what is stale or to be overwritten. Captions that were written or
        changed by hand are kept."""
        self.captions = read_captions(self.path, by_name=True) if self.path.is_file() else {}
        self.origins = read_origins(self.path, self.captions)
        settings = settings_digest(run_file.read_run(self.run_file))
        for path in images.values():
            name = composed(path.name)
            now = self._now[name] = Origin(settings=settings, gt=digests.of_file(path), caption=None)
            differences = self.origins[name].differences(now) if name in self.origins else []
            if differences:
                self.stale[name] = " and ".join(differences)
        self._redo = set(self._now) if overwrite else set(self.stale)
        self._anew = overwrite

    def done(self, names: Collection[str]) -> set[str]:
        """Those of `names` whose captions need not be asked for."""
        return {name for name in names if name in self.captions and name not in self._redo}

    def unknown(self, names: Collection[str]) -> list[str]:
        """Those of `names` whose captions say nothing of their making."""
        return [name for name in names if name in self.captions and name not in self.origins]

    def fill(self, images: Mapping[str, Path], crew: Encoders, batch_size: int) -> Iterator[list[Caption]]:
        """Ask for the captions that are not there, batch by batch, and record at the end what came of it, and what it
        cost."""
        names = {key: composed(path.name) for key, path in images.items()}
        models: set[str] = set()
        done = self.done(names.values())
        with billed(crew.ledger, self.run_file, self._anew) as made:
            for batch in encode(images, crew, batch_size, [key for key in images if names[key] in done]):
                for caption in batch:
                    self._add(names[caption.key], caption.answer)
                    models |= {caption.answer.model} - {""}
                    if not caption.answer.error:
                        made.count_tokens(caption.answer.tokens)
                write_captions_with_origins(self.path, self.captions, self.origins)
                yield batch
            self._record(names.values(), models)

    def _record(self, names: Collection[str], models: Collection[str]) -> None:
        write_failures(self.path.with_suffix(".failed.csv"), self.failed)
        outcome: run_file.Document = {
            "captions": sum(name in self.captions for name in names),
            "failed": len(self.failed),
        }
        if models:
            outcome["answered_by"] = sorted(models)
        run_file.note(self.run_file, outcome=outcome)

    def _add(self, name: str, answer: Answer) -> None:
        self.captions.pop(name, None)
        self.origins.pop(name, None)
        if answer.error:
            self.failed[name] = answer.error
        else:
            self.captions[name] = answer.text
            if answer.remark:
                self.remarks[name] = answer.remark
            self.origins[name] = replace(self._now[name], caption=text_digest(answer.text))
