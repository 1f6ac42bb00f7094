"""`python -m cmc compare`: rate-distortion curves, BD-rate, Pareto fronts, and who is better at equal rate."""

import argparse
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from cmc.cli import common
from cmc.compare.bd_rate import MIN_OVERLAP, bd_metric, bd_rate
from cmc.compare.curves import Curve, Curves, advantage, curve_of, make_curves, pareto
from cmc.core.bits import ratio_of
from cmc.core.bootstrap import RESAMPLES, draw_counts
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.workspace import ALL, CONTENT_TYPES
from cmc.report.style import FORMATS, save
from cmc.scores.provenance import read_runs
from cmc.scores.score_file import read_scores
from cmc.scores.summary import FR, NR
from cmc.stages.evaluate_tasks import find_target

FIGURE = "rate-distortion"
TITLES = {FR: "Consistency (FR)", NR: "Perception (NR)"}
Table = tuple[list[str], list[list[str]]]


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.bare("python -m cmc compare", "Compare scored targets at equal rate: codecs and decoders.")
    made.add_argument("target", nargs="*", metavar="TARGET", help="scored results (default: all that are scored)")
    made.add_argument("--target_path", type=Path, help="folder of results (default: Result)")
    made.add_argument("--output_path", type=Path, help="folder for figures and tables (default: compare)")
    made.add_argument(
        "--curve",
        action="append",
        default=[],
        metavar="NAME=TARGET,TARGET",
        help="targets that make one curve (default: a codec's qualities, a decoder's modes)",
    )
    made.add_argument("--anchor", help="the curve that others are measured against (default: the first with 4 points)")
    made.add_argument("--content", choices=(ALL, *CONTENT_TYPES), default=ALL, help="images of one content type")
    made.add_argument("--min_overlap", type=float, default=MIN_OVERLAP, help="share that two curves must both cover")
    made.add_argument("--allow_partial", action="store_true", help="compare over the images that all targets have")
    return made


def run(args: argparse.Namespace) -> int:
    """Draw, print and write the comparison."""
    from cmc.report.rdplot import rate_distortion

    space = common.workspace(args)
    found = _curves(args, args.target_path or space.result)
    folder = args.output_path or space.root / "compare"
    print(f"{len(found.curves)} curve(s) over {found.images} images, rates measured on kept streams")
    for point, why in found.left_out.items():
        print(f"  left out: {point}: {why}")
    anchor = _anchor(found, args.anchor)
    tables = {
        "points": _points(found),
        "bd": _deltas(found, anchor, args.min_overlap),
        "equal-rate": _advantages(found),
    }
    for name, table in tables.items():
        _show(name, table, folder)
    print(
        f"\n* on the Pareto front. Differences at equal rate: positive is better, over {RESAMPLES:,} resamples of the"
    )
    print("images, the same for both curves; straight lines in log bpp between points.")
    save(rate_distortion(found, TITLES), folder, FIGURE)
    print(f"written: {folder}/{FIGURE}.{{{','.join(FORMATS)}}} and {', '.join(f'{name}.csv' for name in tables)}")
    return common.OK


def _curves(args: argparse.Namespace, root: Path) -> Curves:
    grouped = dict(_grouped(args.curve))
    listed = [*args.target, *(name for name in grouped if name not in args.target)]
    names = listed or sorted(path.parent.name for path in root.glob("*/scores.csv"))
    if not names:
        raise CMCError(f"nothing in {root} is scored; run script-evaluate.py --target NAME first")
    folders = [find_target(root, name) for name in dict.fromkeys(names)]
    files = [read_scores(folder / "scores.csv") for folder in folders]
    curves = {folder.name: grouped.get(folder.name) or curve_of(folder.name, read_runs(folder)) for folder in folders}
    return make_curves(files, curves, args.content, args.allow_partial)


def _grouped(asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in asked:
        name, equals, targets = text.partition("=")
        if not (name and equals and targets):
            raise CMCError(f"--curve {text}: expected NAME=TARGET,TARGET, as mine=mine-5,mine-10")
        yield from ((target, name) for target in targets.split(","))


def _anchor(found: Curves, asked: str | None) -> Curve:
    if asked and asked not in found.curves:
        raise CMCError(f"--anchor {asked}: no such curve; there are {', '.join(found.curves)}")
    return found.curves[asked] if asked else max(found.curves.values(), key=lambda curve: min(4, len(curve.points)))


def _points(found: Curves) -> Table:
    points = [(curve.name, point) for curve in found.curves.values() for point in curve.points]
    rates = np.array([point.bpp.mean() for _, point in points])
    rows = [
        [name, point.target, point.mode, f"{rate:.5f}", f"{ratio_of(rate):,.0f}"]
        for (name, point), rate in zip(points, rates, strict=True)
    ]
    for metric, higher in found.metrics.items():
        means = np.array([point.values[metric].mean() for _, point in points])
        for row, mean, best in zip(rows, means, pareto(rates, means, higher), strict=True):
            row.append(f"{mean:.4f}{'*' if best else ''}")
    return ["curve", "target", "mode", "bpp", "ratio", *found.metrics], rows


def _deltas(found: Curves, anchor: Curve, least: float) -> Table:
    rows = [
        [
            *(metric, anchor.name, curve.name),
            _bd(bd_rate, "{:+.2f} %", anchor, curve, metric, higher, least),
            _bd(bd_metric, "{:+.4f}", anchor, curve, metric, higher, least),
        ]
        for metric, higher in found.metrics.items()
        for curve in found.curves.values()
        if curve is not anchor
    ]
    return ["metric", "anchor", "curve", "BD-rate", "BD-metric"], rows


def _bd(delta: Callable[..., float], form: str, *arguments: object) -> str:
    try:
        return form.format(delta(*arguments))
    except CMCError as refusal:
        return f"refused: {refusal}"


def _advantages(found: Curves) -> Table:
    counts = draw_counts(found.images)
    curves = list(found.curves.values())
    rows = [
        [metric, one.name, other.name, *_advantage(one, other, metric, higher, counts)]
        for metric, higher in found.metrics.items()
        for place, one in enumerate(curves)
        for other in curves[place + 1 :]
    ]
    return ["metric", "A", "B", "A better by", "95 %", "resamples in which A is better", "verdict"], rows


def _advantage(one: Curve, other: Curve, metric: str, higher: bool, counts: np.ndarray) -> list[str]:
    try:
        found = advantage(one, other, metric, higher, counts)
    except CMCError as refusal:
        return ["", "", "", f"refused: {refusal}"]
    low, high = found.bounds
    sure = f"{one.name} is better" if low > 0 else f"{other.name} is better" if high < 0 else "not told apart"
    return [f"{found.difference:+.4f}", f"[{low:+.4f}, {high:+.4f}]", f"{found.share:.1%}", sure]


def _show(name: str, table: Table, folder: Path) -> None:
    from tabulate import tabulate

    header, rows = table
    print("\n" + tabulate(rows, header, disable_numparse=True))
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    write_atomic(folder / f"{name}.csv", buffer.getvalue().encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
