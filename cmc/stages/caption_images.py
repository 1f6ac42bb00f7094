"""Step 1 on a caption table: what it lacks is asked, and the table written anew after every batch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core import run_file
from cmc.core.captions import read_captions, write_captions
from cmc.core.failed_csv import write_failures
from cmc.core.names import composed
from cmc.i2t.base import Answer, Captioner
from cmc.stages.encode import Caption, encode


@dataclass
class CaptionTable:
    """`Text/<encoder>.csv` and the files beside it; `captions` and `failed` (reasons) by file name."""

    path: Path
    captions: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def run_file(self) -> Path:
        return self.path.with_suffix(".run.json")

    def claim(self, sections: Mapping[str, Mapping[str, object]], overwrite: bool) -> None:
        """Refuse captions of other settings (CMCError), or, to `overwrite`, take them away."""
        outputs = [self.path] if self.path.is_file() else []
        run_file.claim(self.run_file, sections, outputs, overwrite=overwrite, remedy="or another --output_path")

    def read(self) -> None:
        """Take in what earlier runs wrote."""
        self.captions = read_captions(self.path, by_name=True) if self.path.is_file() else {}

    def fill(
        self, images: Mapping[str, Path], captioner: Captioner, prompt: str, batch_size: int
    ) -> Iterator[list[Caption]]:
        """Ask for the captions that are not there, batch by batch, and record at the end what came of it."""
        names = {key: composed(path.name) for key, path in images.items()}
        models: set[str] = set()
        done = [key for key in images if names[key] in self.captions]
        for batch in encode(images, captioner, prompt, batch_size, done):
            for caption in batch:
                self._add(names[caption.key], caption.answer)
                models |= {caption.answer.model} - {""}
            write_captions(self.path, self.captions)
            yield batch
        write_failures(self.path.with_suffix(".failed.csv"), self.failed)
        outcome: run_file.Document = {
            "captions": sum(name in self.captions for name in names.values()),
            "failed": len(self.failed),
        }
        if models:
            outcome["answered_by"] = sorted(models)
        run_file.note(self.run_file, outcome=outcome)

    def _add(self, name: str, answer: Answer) -> None:
        if answer.error:
            self.failed[name] = answer.error
        else:
            self.captions[name] = answer.text
