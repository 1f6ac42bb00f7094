"""`python -m cmc leaderboard`: scored targets among the published rows."""

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence

from cmc.cli import common
from cmc.core.bits import ratio_of
from cmc.core.bootstrap import RESAMPLES, interval
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.leaderboard.boards import BOARDS, Board
from cmc.leaderboard.load_targets import collect
from cmc.leaderboard.rows import YOURS, Row
from cmc.leaderboard.standings import Standing, standings
from cmc.scores.summary import FR, NR

# The format's name in tabulate.
FORMATS = {"text": "simple", "markdown": "github", "latex": "latex_booktabs"}


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.bare("python -m cmc leaderboard", "Rank scored targets among the published models.")
    common.add_targets(made)
    made.add_argument("--board", nargs="+", choices=BOARDS, default=list(BOARDS), help="which rankings")
    made.add_argument("--content", choices=(ALL, *CONTENT_TYPES), default=ALL, help="images of one content type")
    made.add_argument("--format", choices=("text", "csv", "markdown", "latex"), default="text", help="how to print it")
    return made


def run(args: argparse.Namespace) -> int:
    """Print every board that was asked for."""
    found = collect(common.workspace(args), args.target, args.target_path, args.model_weight, args.allow_partial)
    rows = found.rows
    boards = {name: standings(BOARDS[name], rows, args.content) for name in args.board}
    if args.format == "csv":
        sys.stdout.write(_csv(boards, args.content))
        return common.OK
    for name, lines in boards.items():
        board = BOARDS[name].of(args.content)
        content = "" if args.content == ALL else f", {args.content}"
        print(f"{_heading(args.format)}{board.title}{content} (overall: {board.formula_text})\n")
        print(_table(board, lines, args.content, args.format), end="\n\n")
    _explain(rows, {one.row.name for lines in boards.values() for one in lines}, args.format)
    if found.files and not found.weights:
        mark = "% " if args.format == "latex" else ""
        print(f"{mark}There are no weight files here, so nothing says whether the scores are on the published scale.")
    return common.OK


def _heading(style: str) -> str:
    return {"markdown": "### ", "latex": "% "}.get(style, "")


def _table(board: Board, found: Sequence[Standing], content: str, style: str) -> str:
    from tabulate import tabulate

    header = [
        "rank",
        "95 %",
        "model",
        "source",
        "captions",
        *(f"{m}-{x.upper()}" for m in board.modes for x in (FR, NR)),
    ]
    gap = "\n" if style == "text" else " "
    rows = [
        [
            one.rank or "-",
            "-".join(map(str, dict.fromkeys(one.ranks or ()))),
            one.row.name,
            one.row.source,
            one.row.captions,
            *(_cell(one.row, (content, mode, metric), gap) for mode in board.modes for metric in (FR, NR)),
            _estimate(one.score, one.bounds, gap),
            *_rate(one.row.bpp(board.modes, content)),
            ", ".join(f"{count} {kind}" for kind, count in one.row.lost.items()),
        ]
        for one in found
    ]
    return tabulate(rows, [*header, "overall", "bpp", "ratio", "lost"], tablefmt=FORMATS[style], disable_numparse=True)


def _rate(bpp: float | None) -> tuple[str, str]:
    """Bits per pixel and how many times smaller than 24-bit; empty where streams were not kept."""
    return ("", "") if bpp is None else (f"{bpp:.5f}", f"{ratio_of(bpp):,.0f}x")


def _cell(row: Row, key: tuple[str, str, str], gap: str) -> str:
    return _estimate(row.cells[key], interval(row.draws[key]) if row.draws else None, gap)


def _estimate(value: float, bounds: tuple[float, float] | None, gap: str) -> str:
    return f"{value:.4f}" + (f"{gap}[{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")


def _csv(boards: Mapping[str, Sequence[Standing]], content: str) -> str:
    """One row a model and board; an interval's bounds in columns of their own, empty for published rows."""
    lines = [line for name, found in boards.items() for one in found for line in [_flat(name, one, content)]]
    buffer = io.StringIO()
    columns = dict.fromkeys(column for line in lines for column in line)
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()


def _flat(board: str, one: Standing, content: str) -> dict[str, object]:
    line: dict[str, object] = {"board": board, "content": content, "rank": one.rank or ""}
    line |= dict(zip(("rank_low", "rank_high"), one.ranks or ("", ""), strict=True))
    line |= {"model": one.row.name, "source": one.row.source, "captions": one.row.captions}
    line |= dict(_columns("overall", one.score, one.bounds))
    for mode in BOARDS[board].of(content).modes:
        for metric in (FR, NR):
            key = (content, mode, metric)
            bounds = interval(one.row.draws[key]) if one.row.draws else None
            line |= dict(_columns(f"{mode}_{metric}", one.row.cells[key], bounds))
    bpp = one.row.bpp(BOARDS[board].of(content).modes, content)
    line |= {"bpp": "" if bpp is None else f"{bpp:.7g}", "ratio": "" if bpp is None else f"{ratio_of(bpp):.1f}"}
    return line | {"lost": sum(one.row.lost.values()), "not_ranked_because": "; ".join(one.row.barred)}


def _columns(name: str, value: float, bounds: tuple[float, float] | None) -> Iterator[tuple[str, str]]:
    low, high = (f"{bound:.6f}" for bound in bounds) if bounds else ("", "")
    return iter([(name, f"{value:.6f}"), (f"{name}_low", low), (f"{name}_high", high)])


def _explain(rows: Sequence[Row], placed: set[str], style: str) -> None:
    mark = "% " if style == "latex" else ""
    for row in rows:
        if row.source == YOURS and row.name not in placed:
            modes = ", ".join(sorted(row.modes())) or "none"
            print(f"{mark}{row.name} lacks modes of every ranking above; it has {modes}.")
    barred = [row for row in rows if row.barred and row.name in placed and not row.encoder]
    for row in barred:
        print(f"{mark}{row.name} is not ranked among published rows: {'; '.join(row.barred)}.")
    if barred:
        print(f"{mark}(--allow_partial ranks rows over fewer images; nothing ranks rows on another scale.)")
    if any(row.source == YOURS for row in rows):
        print(f"{mark}Intervals are 95 %, over {RESAMPLES:,} resamples of the images, the same images for all rows;")
        print(f"{mark}published rows have no scores by image to resample, so they stand still.")
    else:
        print(f"{mark}Only published rows: nothing in Result is scored yet (script-evaluate.py --target NAME).")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
