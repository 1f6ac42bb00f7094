"""The audit's answers over ground truths and reconstructions: where they lie, and the forms that they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.audit.form import Form
from cmc.audit.reader import NoFormError, read_form
from cmc.core.names import composed
from cmc.core.run_file import Document
from cmc.core.workspace import key_of
from cmc.stages.caption_images import CaptionTable
from cmc.stages.evaluate_tasks import Task
from cmc.stages.finished import has_all_captions

REMEDY = "or another --audit_name"
# In a target's folder; below it a folder an audit.
FOLDER = "audit"
# What the ground truths' answers are called beside those of targets' modes.
GT = "GT"


@dataclass(frozen=True)
class Forms:
    """Forms by key, and why others are none."""

    forms: Mapping[str, Form]
    failed: Mapping[str, str]


@dataclass(frozen=True)
class AskedPictures:
    """Pictures by key that are asked about, and the table of the answers. `target` and `mode` that they are of; GT and
    "" for ground truths."""

    target: str
    mode: str
    table: CaptionTable
    images: Mapping[str, Path]

    @property
    def title(self) -> str:
        """For the screen."""
        return f"{self.target}/{self.mode}" if self.mode else self.target

    @property
    def names(self) -> list[str]:
        """As the table has them."""
        return [composed(path.name) for path in self.images.values()]

    def is_done(self, settings: Document) -> bool:
        """Whether the table, checked and read, has an answer to all."""
        return has_all_captions(self.table, settings, self.names)

    def forms(self) -> Forms:
        """What was answered. An answer that was changed by hand to what is no form counts as failed."""
        forms: dict[str, Form] = {}
        failed = {key_of(name): reason for name, reason in self.table.failed.items()}
        for name in self.names:
            if name in self.table.captions:
                try:
                    forms[key_of(name)] = read_form(self.table.captions[name])
                except NoFormError as error:
                    failed[key_of(name)] = str(error)
        return Forms(forms, failed)


def asked_pictures(tasks: Sequence[Task], gt_table: Path, results: Path, name: str) -> list[AskedPictures]:
    """The ground truths, then each target's modes with the pictures that can be asked about; an audit's `name`."""
    ground_truths = {key_of(task.gt.name): task.gt for task in tasks}
    asked = [AskedPictures(GT, "", CaptionTable(gt_table, REMEDY), ground_truths)]
    folders: dict[tuple[str, str], dict[str, Path]] = {}
    for task in tasks:
        for candidate in task.candidates:
            images = folders.setdefault((candidate.target, candidate.mode), {})
            if candidate.path is not None:
                images[key_of(task.gt.name)] = candidate.path
    for (target, mode), images in folders.items():
        table = CaptionTable(audit_folder(results / target, name) / f"{mode}.csv", REMEDY)
        asked.append(AskedPictures(target, mode, table, images))
    return asked


def audit_folder(target: Path, name: str) -> Path:
    """Where an audit of a target's folder lies."""
    return target / FOLDER / name
