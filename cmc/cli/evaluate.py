"""Step 3, `script-evaluate.py`: pictures to scores."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import common
from cmc.device import pick_device, pick_dtype
from cmc.errors import some
from cmc.evaluate import Score, evaluate
from cmc.metrics.base import FR_ORDERS, Metric
from cmc.metrics.weights import find_weights
from cmc.rates import with_rates
from cmc.registry import METRICS
from cmc.results import SCORED, Task, inspect, plan, refuse_unusable
from cmc.scorecache import FILE, ScoreCache
from cmc.scores import ALL, FR, MODES_FOR_SUBMISSION, NR, OVERALL, Cell, summarise, write_scores, write_summary
from cmc.workspace import checked_name, list_images

# The benchmark's two, by the column of the tables that they fill.
BENCHMARK = {FR: "topiq_fr", NR: "topiq_nr"}


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    made = common.parser("script-evaluate.py", "Step 3: score every mode in Result/<target>/.")
    made.add_argument("--target", nargs="+", required=True, metavar="NAME", help="result folders to score")
    made.add_argument("--model_weight", type=Path, help="folder with topiq-fr.pth and topiq-nr.pth (default: Weight)")
    made.add_argument("--target_path", type=Path, help="folder of results (default: Result)")
    made.add_argument("--gt_path", type=Path, help="folder of ground truths (default: GT)")
    made.add_argument(
        "--fr_order",
        choices=FR_ORDERS,
        default="published",
        help="what FR compares: published is (GT, decoded), as the leaderboard; standard is (decoded, GT), as pyiqa",
    )
    made.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    made.add_argument("--dtype", choices=common.DTYPES, default="fp32", help="auto is fp32; the halves are inexact")
    return made


def run(args: argparse.Namespace) -> int:
    """Score every target, print its table and write its files."""
    space = common.workspace(args)
    root, weights = args.target_path or space.result, args.model_weight or space.weight
    targets = list(dict.fromkeys(checked_name(name) for name in args.target))
    images = list_images(args.gt_path or space.gt)
    tasks = plan(images, args.limit, root, targets, args.allow_partial)
    files = find_weights(weights, [METRICS.get(name) for name in BENCHMARK.values()])
    tasks = list(common.progress(inspect(tasks), len(tasks), "checking"))
    if not args.allow_partial:
        refuse_unusable(one.status for task in tasks for one in task.candidates)
    metrics = _metrics(args, dict(zip(BENCHMARK, files, strict=True)))
    scores = _scores(tasks, metrics, root / FILE)
    if not args.allow_partial:
        refuse_unusable(score.status for score in scores)
    scores = with_rates(scores, {task.gt.name: task.gt for task in tasks}, space, root)
    settings = _settings(args, metrics)
    if len(tasks) < len(images):
        print(f"only the first {len(tasks)} of {len(images)} images in GT, as --limit says")
    return max(_report(root / name, [one for one in scores if one.target == name], settings) for name in targets)


def _metrics(args: argparse.Namespace, files: Mapping[str, Path]) -> dict[str, Metric]:
    device = pick_device(args.device)
    dtype = pick_dtype("fp32" if args.dtype == "auto" else args.dtype, device)
    return {
        column: METRICS.get(name).create(files[column], device, dtype, fr_order=args.fr_order)
        for column, name in BENCHMARK.items()
    }


def _scores(tasks: Sequence[Task], metrics: Mapping[str, Metric], cache: Path) -> list[Score]:
    with ScoreCache(cache) as kept:
        total = sum(len(task.candidates) for task in tasks)
        return list(common.progress(evaluate(tasks, metrics, kept), total, "scoring"))


def _settings(args: argparse.Namespace, metrics: Mapping[str, Metric]) -> dict[str, str]:
    hashes = {f"{column}_weights": metric.identity["weights"][:12] for column, metric in metrics.items()}
    limit = {} if args.limit is None else {"limit": str(args.limit)}
    return {"fr_order": args.fr_order, **hashes, "dtype": str(metrics[FR].identity["dtype"])} | limit


def _report(folder: Path, scores: Sequence[Score], settings: Mapping[str, str]) -> int:
    cells = summarise(scores)
    settings = {"target": folder.name, **settings}
    files = [folder / "scores.csv", folder / "summary.csv"]
    write_scores(files[0], scores, settings)
    write_summary(files[1], cells, settings)
    order = settings["fr_order"]
    print(f"\n{folder.name}: FR is TOPIQ-FR{FR_ORDERS[order]}, the {order} order; NR is TOPIQ-NR(decoded)\n")
    print("\n".join(_table(cells)))
    whole = next(cell for cell in cells if cell.mode == OVERALL and cell.content == ALL)
    lost = [f"{one.name} ({one.mode}: {one.status})" for one in scores if one.status != SCORED]
    if lost:
        print(f"\nThese means are over {whole.n} of {whole.expected} pictures, not over all: {some(lost, 3)}")
    print(f"\nwritten: {files[0]}\n         {files[1]}")
    modes = len({score.mode for score in scores})
    if modes < MODES_FOR_SUBMISSION:
        print(
            f"{modes} mode is no valid submission to the benchmark; it needs at least {MODES_FOR_SUBMISSION} of the 4"
        )
    else:
        print("To submit, mail both files to the benchmark's authors (address in its README).")
    return common.INCOMPLETE if lost else common.OK


def _table(cells: Sequence[Cell]) -> list[str]:
    contents = list(dict.fromkeys(cell.content for cell in cells))
    lines = [" " * 8 + "".join(f"{content:^18}" for content in contents)]
    lines.append(f"{'mode':<8}" + f"{'FR':>8} {'NR':>8} " * len(contents) + f"{'images':>14}")
    for mode in dict.fromkeys(cell.mode for cell in cells):
        row = [cell for cell in cells if cell.mode == mode]
        if mode == OVERALL:
            lines.append(_line("mean", row) + f"{'':>14}")
            lines.append(f"{OVERALL:<8}" + "".join(f"{_number(cell.overall):^18}" for cell in row))
            continue
        over = f"{row[0].n} of {row[0].expected}" if row[0].n < row[0].expected else str(row[0].n)
        lines.append(_line(mode, row) + f"{over:>14}")
    return [line.rstrip() for line in lines]


def _line(title: str, row: Sequence[Cell]) -> str:
    return f"{title:<8}" + "".join(f"{_number(c.means.get(FR)):>8} {_number(c.means.get(NR)):>8} " for c in row)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
