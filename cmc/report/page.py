"""From collected scores to one self-contained HTML page."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from cmc import __version__
from cmc.compare.curves import Curves
from cmc.core.bits import STATED
from cmc.core.bootstrap import RESAMPLES
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.cost_columns import amount_text
from cmc.leaderboard.cost_table import cost_cells, cost_lines
from cmc.leaderboard.load_targets import Collection
from cmc.leaderboard.rows import YOURS
from cmc.report.commands import CommandSetup
from cmc.report.gallery import GalleryEntry
from cmc.report.overview import compact_rows, image_counts, warnings_of
from cmc.report.page_parts import board_table, target_runs
from cmc.report.safety_counts import SafetyCount
from cmc.report.study_sections import StudySection
from cmc.report.style import inline_svg
from cmc.scores.score_file import notes
from cmc.scores.summary import FR, NR

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.figure import Figure

HERE = Path(__file__).parent


class TargetModes(TypedDict):
    """A target of the gallery, and its modes in the benchmark's order."""

    name: str
    modes: list[str]


class GalleryData(TypedDict):
    """What the gallery's script reads. `lower`: metrics of which less is better; `side`: longest side of a thumbnail
    in pixels."""

    targets: list[TargetModes]
    lower: list[str]
    side: int
    images: list[GalleryEntry]


def render(
    collection: Collection,
    figures: Mapping[str, "Figure"],
    images: Iterable[GalleryEntry],
    side: int,
    setup: CommandSetup,
    curves: Curves | str,
    studies: Sequence[StudySection] = (),
    safety: Sequence[SafetyCount] = (),
) -> str:
    """The page.

    `figures` by file name; `images`: the gallery's entries; `side`: longest side of the thumbnails in
    pixels; `setup`: what commands need beside the run files; `curves`: those of the rate-distortion figure, or why
    there are none; `studies`: of the root; `safety`: what the safety checker flags, by folder.
    """
    from markupsafe import Markup

    contents = (ALL, *CONTENT_TYPES)
    boards = [
        board_table(board.of(content), content, collection.rows) for board in BOARDS.values() for content in contents
    ]
    mine = [row for row in collection.rows if row.source == YOURS and not row.encoder]
    placed = {line.row.name for board in boards for line in board.rows if line.mine}
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return template("page.html").render(
        version=__version__,
        resamples=RESAMPLES,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        boards=boards,
        seeded=any(row.seeds for row in mine),
        remarks=collection.remarks,
        amount=amount_text,
        costs=cost_cells(cost_lines(collection.rows)),
        # The first that has a row of the user's.
        shown=next((board for board in boards if board.has_mine), boards[0]),
        placed=placed,
        unplaced=compact_rows(mine, placed, collection.files),
        barred=warnings_of(mine),
        counts=image_counts(collection.files),
        curve_images="" if isinstance(curves, str) else f"{curves.images:,}",
        curves_stated=not isinstance(curves, str) and bool(curves.stated),
        stated=STATED,
        refused=curves if isinstance(curves, str) else "",
        board_names={board.name: board.title for board in BOARDS.values()},
        contents=contents,
        unchecked=_unchecked(collection),
        mine=mine,
        studies=studies,
        safety=safety,
        figures={name: Markup(inline_svg(figure)) for name, figure in figures.items()},
        runs=[target_runs(name, collection, setup) for name in collection.files],
        data=Markup(_json(_gallery_data(collection, images, side))),
    )


def template(name: str) -> "Template":
    """One of this folder's templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True, loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def _unchecked(collection: Collection) -> bool:
    """Whether nothing says of some scores which scale they are on."""
    files = collection.files.values()
    return not collection.weights and any(not notes(file.settings, (FR, NR)) for file in files)


def _json(data: GalleryData) -> str:
    """JSON that can stand inside a <script> element: no `<` is left that could close it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _gallery_data(collection: Collection, images: Iterable[GalleryEntry], side: int) -> GalleryData:
    return {
        "targets": [{"name": name, "modes": file.modes} for name, file in collection.files.items()],
        "lower": sorted({metric for file in collection.files.values() for metric in file.lower_is_better}),
        "side": side,
        "images": list(images),
    }
