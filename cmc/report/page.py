"""From collected scores to one self-contained HTML page."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc import __version__
from cmc.compare.curves import Curves
from cmc.core.bits import ratio_of
from cmc.core.bootstrap import RESAMPLES, interval
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.leaderboard.boards import BOARDS, Board
from cmc.leaderboard.load_targets import Collection
from cmc.leaderboard.rows import YOURS, Row
from cmc.leaderboard.standings import Standing, standings
from cmc.report.commands import CommandSetup, run_command, score_command
from cmc.report.overview import compact_rows, image_counts, warnings_of
from cmc.report.style import inline_svg
from cmc.scores.score_file import notes
from cmc.scores.summary import FR, NR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent


def render(
    collection: Collection,
    figures: Mapping[str, "Figure"],
    images: Iterable[Mapping[str, Any]],
    side: int,
    setup: CommandSetup,
    curves: Curves | str,
) -> str:
    """The page.

    `figures` by file name; `images`: the gallery's entries; `side`:
    longest side of the thumbnails in pixels; `setup`: what commands need beside the run files; `curves`: those of the
    rate-distortion figure, or why there are none.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        autoescape=True, loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    boards = [
        _board(board.of(content), content, collection.rows)
        for board in BOARDS.values()
        for content in (ALL, *CONTENT_TYPES)
    ]
    mine = [row for row in collection.rows if row.source == YOURS and not row.encoder]
    placed = {line["row"].name for board in boards for line in board["rows"] if line["mine"]}
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return made.get_template("page.html").render(
        version=__version__,
        resamples=RESAMPLES,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        boards=boards,
        # The first that has a row of the user's.
        shown=next((one for one in boards if any(line["mine"] for line in one["rows"])), boards[0]),
        placed=placed,
        unplaced=compact_rows(mine, placed, collection.files),
        barred=warnings_of(mine),
        counts=image_counts(collection.files),
        curve_images="" if isinstance(curves, str) else f"{curves.images:,}",
        refused=curves if isinstance(curves, str) else "",
        board_names={board.name: board.title for board in BOARDS.values()},
        contents=(ALL, *CONTENT_TYPES),
        unchecked=_unchecked(collection),
        mine=mine,
        figures={name: Markup(inline_svg(figure)) for name, figure in figures.items()},
        runs=[_runs(name, collection, setup) for name in collection.files],
        data=Markup(_json(_data(collection, images, side))),
    )


def _unchecked(collection: Collection) -> bool:
    """Whether nothing says of some scores which scale they are on."""
    files = collection.files.values()
    return not collection.weights and any(not notes(file.settings, (FR, NR)) for file in files)


def _json(value: object) -> str:
    """JSON that can stand inside a <script> element: no `<` is left that could close it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _data(collection: Collection, images: Iterable[Mapping[str, Any]], side: int) -> dict[str, Any]:
    """What the gallery's script reads; `lower` are the metrics of which less is better."""
    return {
        "targets": [{"name": name, "modes": file.modes} for name, file in collection.files.items()],
        "lower": sorted({metric for file in collection.files.values() for metric in file.lower_is_better}),
        "side": side,
        "images": list(images),
    }


def _board(board: Board, content: str, rows: Sequence[Row]) -> dict[str, Any]:
    """One table: its columns, and its rows as the template prints them."""
    found = standings(board, rows, content)
    keys = [(content, mode, metric) for mode in board.modes for metric in (FR, NR)]
    ends = [end for one in found for end in (one.score, *(one.bounds or ()))]
    return {
        "board": board,
        "content": content,
        "columns": [f"{mode.capitalize()}-{metric.upper()}" for _, mode, metric in keys],
        "rows": [_line(one, keys) for one in found],
        "ranked": sum(one.rank is not None for one in found),
        "low": min(ends, default=0),
        "high": max(ends, default=1),
    }


def _line(one: Standing, keys: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    cells = [(one.row.cells[key], interval(one.row.draws[key]) if one.row.draws else None) for key in keys]
    content, modes = keys[0][0], list(dict.fromkeys(mode for _, mode, _ in keys))
    bpp = one.row.bpp(modes, content)
    rate = None if bpp is None else (bpp, ratio_of(bpp))
    return {"standing": one, "row": one.row, "mine": one.row.source == YOURS, "cells": cells, "rate": rate}


def _runs(name: str, collection: Collection, setup: CommandSetup) -> dict[str, Any]:
    """What made one target: a command a mode, and what else its run files say."""
    file, runs = collection.files[name], collection.runs[name]
    commands = {mode: run_command(name, run.get("settings", {}), setup) for mode, run in runs.items()}
    return {
        "target": name,
        "modes": [(mode, commands.get(mode)) for mode in file.modes],
        "score": score_command(name, file.settings, setup),
        "settings": file.settings,
        "documents": {mode: json.dumps(run, indent=2, ensure_ascii=False) for mode, run in runs.items()},
    }
