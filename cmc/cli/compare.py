"""`cmc compare`: rate-distortion curves, BD-rate, Pareto fronts, and who is better at equal rate."""

import argparse
from collections.abc import Sequence

from cmc.cli import arguments, common, freshness
from cmc.compare.bd_rate import MIN_OVERLAP
from cmc.compare.curves import Curves
from cmc.compare.load_curves import choose_anchor, curve_targets, load_curves
from cmc.compare.use_of_bits import QUESTION, Runs, answers, contests, sentence, without_weights
from cmc.compare.verdicts import advantages_table, deltas_table, points_table
from cmc.core.bits import STATED
from cmc.core.bootstrap import RESAMPLES
from cmc.core.files import write_atomic
from cmc.core.tables import Table, write_csv
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.report.style import FORMATS, save
from cmc.scores.provenance import read_runs

FIGURE = "rate-distortion"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("compare", "Compare scored targets at equal rate: codecs and decoders.")
    parser.add_argument("target", nargs="*", metavar="TARGET", help="scored results (default: all that are scored)")
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    arguments.add_path(parser, "--output_path", "folder for figures and tables (default: compare)")
    parser.add_argument(
        "--curve",
        action="append",
        default=[],
        metavar="NAME=TARGET,TARGET",
        help="targets that make one curve (default: a codec's qualities, a decoder's modes)",
    )
    parser.add_argument(
        "--anchor", help="the curve that others are measured against (default: the first with 4 points)"
    )
    parser.add_argument("--content", choices=(ALL, *CONTENT_TYPES), default=ALL, help="images of one content type")
    parser.add_argument("--min_overlap", type=float, default=MIN_OVERLAP, help="share that two curves must both cover")
    arguments.add_partial(parser, "compare over the images that all targets have")
    return parser


def run(args: argparse.Namespace) -> int:
    """Draw, print and write the comparison."""
    from cmc.report.curves_page import curves_page
    from cmc.report.rdplot import TITLES, rate_distortion

    space = common.workspace(args)
    root = args.target_path or space.result
    targets = curve_targets(root, args.target, args.curve)
    staleness = freshness.staleness(space, root, targets)
    curves = load_curves(targets, args.curve, args.content, staleness, args.allow_partial)
    folder = args.output_path or space.root / "compare"
    _say_what_is_compared(curves)
    anchor = choose_anchor(curves, args.anchor)
    tables = {
        "points": points_table(curves),
        "bd": deltas_table(curves, anchor, args.min_overlap),
        "equal-rate": advantages_table(curves),
    }
    for name, table in tables.items():
        if table.rows:
            _show(table)
        write_csv(folder / f"{name}.csv", table.header, table.rows)
    if len(curves.curves) < 2:
        print("\nOne curve alone has nothing to be compared with: no BD-rate and no verdict.")
    print(
        f"\n* on the Pareto front. Differences at equal rate: positive is better, over {RESAMPLES:,} resamples of the"
    )
    print("images, the same for both curves; straight lines in log bpp between points.")
    runs = {target.name: read_runs(target) for target in targets}
    told = _told(curves, runs)
    figure = rate_distortion(curves, TITLES)
    save(figure, folder, FIGURE)
    page = curves_page(curves, figure, tables, told, without_weights(runs))
    write_atomic(folder / f"{FIGURE}.html", page.encode("utf-8"))
    files = ",".join((*FORMATS, "html"))
    print(f"\nwritten: {folder}/{FIGURE}.{{{files}}} and {', '.join(f'{name}.csv' for name in tables)}")
    return common.OK


def _say_what_is_compared(curves: Curves) -> None:
    print(f"{len(curves.curves)} curve(s) over {curves.images} images, rates measured on kept streams")
    if curves.stated:
        print(f"  not so the rates of {', '.join(curves.stated)}: {STATED}")
    for point, reason in curves.left_out.items():
        print(f"  left out: {point}: {reason}")
    for remark in curves.remarks:
        print(f"  {remark}")


def _told(curves: Curves, runs: Runs) -> list[str]:
    """What the curves of one diffusion model say of the use of a bit, printed if there are such."""
    told = [sentence(contest, answers(contest, curves)) for contest in contests(curves, runs)]
    if told:
        print(f"\nWith the same diffusion model, {QUESTION}")
    for line in told:
        print(f"- {line}")
    return told


def _show(table: Table) -> None:
    from tabulate import tabulate

    print("\n" + tabulate(table.rows, table.header, disable_numparse=True))


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
