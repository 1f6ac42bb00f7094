"""`cmc leaderboard`: scored targets among the published rows."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from cmc.cli import arguments, common, cost_table, freshness, power_table
from cmc.cli.table_formats import FORMATS, REMARK_MARKS, TITLE_MARKS, print_remark, print_table
from cmc.core.bootstrap import RESAMPLES
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.leaderboard.boards import BOARDS, Board
from cmc.leaderboard.load_targets import load_collection, scored_targets
from cmc.leaderboard.power import OVERALL
from cmc.leaderboard.rows import YOURS, Row, as_encoder
from cmc.leaderboard.standings import Standing, standings
from cmc.leaderboard.tables import board_cells, board_header, boards_csv
from cmc.scores.provenance import RANKS_ENCODERS


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("leaderboard", "Rank scored targets among the published models.")
    arguments.add_targets(parser)
    parser.add_argument("--board", nargs="+", choices=BOARDS, default=list(BOARDS), help="which rankings")
    parser.add_argument("--content", choices=(ALL, *CONTENT_TYPES), default=ALL, help="images of one content type")
    parser.add_argument("--format", choices=("csv", *FORMATS), default="text", help="how to print it")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--power", action="store_true", help="how sure the ranks are, in place of the rankings")
    instead.add_argument("--cost", action="store_true", help="what results cost by stage, in place of the rankings")
    arguments.add_price(parser)
    parser.add_argument("--metric", metavar="NAME", help=f"with --power: by another score than the {OVERALL} one")
    parser.add_argument("--every_pair", action="store_true", help="with --power: any two results of yours")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print every board that was asked for, or how sure the ranks are."""
    if not args.power and (args.metric or args.every_pair):
        raise CMCError("--metric and --every_pair say what --power shows; add --power, or leave them out")
    space = common.workspace(args)
    results = args.target_path or space.result
    folders = scored_targets(results, args.target)
    staleness = freshness.staleness(space, results, folders)
    collection = load_collection(folders, staleness, args.model_weight, args.allow_partial, args.dollars_per_hour)
    if args.cost:
        cost_table.show(collection, args.format)
        return common.OK
    if args.power:
        power_table.show(collection, args.metric or OVERALL, args.content, args.format, args.every_pair)
        return common.OK
    boards = {name: standings(BOARDS[name], collection.rows, args.content) for name in args.board}
    if args.format == "csv":
        sys.stdout.write(boards_csv(boards, args.content))
        return common.OK
    for name, ranking in boards.items():
        _show(name, ranking, args.content, args.format)
    placed = {standing.row.name for ranking in boards.values() for standing in ranking}
    for remark in (*collection.remarks, *_remarks(collection.rows, placed, [BOARDS[name] for name in boards])):
        print_remark(remark, args.format)
    if collection.files and not collection.weights:
        unchecked = "There are no weight files here, so nothing says whether the scores are on the published scale."
        print_remark(unchecked, args.format)
    return common.OK


def _show(name: str, ranking: Sequence[Standing], content: str, style: str) -> None:
    board = BOARDS[name].of(content)
    of_content = "" if content == ALL else f", {content}"
    print(f"{TITLE_MARKS[style]}{board.title}{of_content} (overall: {board.formula_text})\n")
    if not ranking:
        print(f"{REMARK_MARKS[style]}Nothing stands here: no result {_needs(board)}.\n")
        return
    cells = board_cells(board, ranking, content, gap="\n" if style == "text" else " ")
    print_table(board_header(board, ranking), cells, style)


def _needs(board: Board) -> str:
    """What a result must be to stand on a board."""
    modes = f"scored with FR and NR in {', '.join(board.modes)}{' and no other mode' if board.only else ''}"
    return f"of the decoder {RANKS_ENCODERS} is {modes}" if board.encoders else f"is {modes}"


def _remarks(rows: Sequence[Row], placed: set[str], boards: Sequence[Board]) -> Iterable[str]:
    """What a reader of the boards must know, a line each."""
    for row in rows:
        if row.source == YOURS and not row.encoder and not placed & {row.name, as_encoder(row).name}:
            yield f"{row.name} {_why_absent(row, boards)}"
    barred = [row for row in rows if row.barred and row.name in placed and not row.encoder]
    for row in barred:
        yield f"{row.name} is not ranked among published rows: {'; '.join(row.barred)}."
    if barred:
        yield "(--allow_partial ranks rows over fewer images; nothing ranks rows on another scale.)"
    if any(row.source == YOURS for row in rows):
        over = "the images and of the seeds" if any(row.seeds for row in rows) else "the images"
        yield f"Intervals are 95 %, over {RESAMPLES:,} resamples of {over}, the same images for all rows;"
        yield "published rows have no scores by image to resample, so they stand still."
        yield "Flip: the share of the resamples in which a row and the next ranked one change places."
    else:
        yield "Only published rows: nothing in Result is scored yet (script-evaluate.py --target NAME)."


def _why_absent(row: Row, boards: Sequence[Board]) -> str:
    modes = ", ".join(mode for mode in MODES if mode in row.modes())
    if not modes:
        return f"lacks FR and NR in every mode: script-evaluate.py --target {row.name} scores them."
    if all(board.encoders for board in boards):
        needed = ", ".join(boards[0].modes)
        return f"ranks no encoder: that takes the decoder {RANKS_ENCODERS} in {needed}; it has {modes}."
    return f"lacks modes of every ranking above; it has {modes}."


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
