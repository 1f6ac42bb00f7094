"""Whether there is nothing to do, told before a model is loaded: gigabytes need not be read to find that out."""

from collections.abc import Collection

from cmc.core import run_file
from cmc.core.run_file import Document
from cmc.stages.caption_images import CaptionTable
from cmc.stages.decode_modes import ModeRun
from cmc.weights.revision import is_unchanged


def has_all_pictures(mode_run: ModeRun, settings: Document) -> bool:
    """Whether a mode's folder, checked against `settings`, has every picture, made from what is there now; if so they
    are its `done`."""
    run = run_file.read_run(mode_run.run_file)
    if mode_run.failed or not _is_same(run, settings):
        return False
    return mode_run.take_stock(run)


def has_all_captions(table: CaptionTable, settings: Document, names: Collection[str]) -> bool:
    """Whether a caption table, checked against `settings` and read, has all of `names`."""
    return _is_same(run_file.read_run(table.run_file), settings) and len(table.done(names)) == len(names)


def _is_same(run: Document, settings: Document) -> bool:
    """Whether a run file's outputs, which its check did not refuse, are those of the same weights too."""
    return bool(run) and is_unchanged(run.get("loaded", {}), str(settings.get("checkpoint") or ""))
