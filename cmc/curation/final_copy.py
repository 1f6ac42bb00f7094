"""What was chosen, as ground truth: PNGs that say which file they are of. Sources are read and left as they are."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cmc.core.errors import CMCError, some
from cmc.core.images import load_rgb, save_png
from cmc.core.origin import Origin, digest, read_origin
from cmc.core.workspace import has_images, list_images
from cmc.curation.candidates_table import Looked
from cmc.curation.plan import Plan
from cmc.curation.selection import Verdict


def check_looked_at(verdicts: Sequence[Verdict], looked: Mapping[str, Looked]) -> None:
    """Raises CMCError, naming them, where the choice is another than that of the table of before."""
    before = {row.name: (file, row.digest) for file, row in looked.items() if row.name}
    now = {v.name: (v.candidate.file, v.candidate.digest) for v in verdicts if v.name}
    others = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if others:
        raise CMCError(
            f"{len(others)} picture(s) are others than those that were to be looked at: {some(others)}; run this once "
            "more without --final, and look again"
        )


def check_room(verdicts: Sequence[Verdict], folder: Path, plan: Plan) -> None:
    """Raises CMCError where the folder holds pictures of the plan's groups that are not of this choice."""
    origins = {verdict.name: _origin(verdict) for verdict in verdicts if verdict.name}
    prefixes = tuple(group.prefix for group in plan.groups)
    there = list_images(folder).values() if has_images(folder) else []
    foreign = [
        path.name
        for path in there
        if path.name.startswith(prefixes) and (path.name not in origins or read_origin(path) != origins[path.name])
    ]
    if foreign:
        raise CMCError(
            f"{folder} holds {len(foreign)} picture(s) that are not of this choice: {some(foreign)}; move them away"
        )


def copy_chosen(verdicts: Sequence[Verdict], folder: Path) -> Iterator[Path]:
    """Write what is not there yet, as 8-bit RGB, upright. Raises CMCError for a file that was changed meanwhile."""
    for verdict in verdicts:
        path, source = folder / verdict.name, verdict.candidate.path
        if verdict.name and not path.is_file():
            data = source.read_bytes()
            if digest(data) != verdict.candidate.digest:
                raise CMCError(f"{source} has just been changed; run this once more without --final")
            save_png(path, load_rgb(source, data), _origin(verdict))
        if verdict.name:
            yield path


def _origin(verdict: Verdict) -> Origin:
    return Origin(settings="", gt="", stream=verdict.candidate.digest)
