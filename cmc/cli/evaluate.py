"""Step 3, `script-evaluate.py`: pictures to scores."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.cli import common
from cmc.cli.score_report import report
from cmc.core.device import pick_device, pick_dtype
from cmc.core.errors import CMCError
from cmc.core.workspace import checked_name, list_images
from cmc.leaderboard.load_targets import SHORT
from cmc.metrics.base import FR_ORDERS, GROUPS, Metric, SetMetric
from cmc.metrics.selection import build, choose, directions
from cmc.metrics.weight_files import check_weights
from cmc.registry import Entry
from cmc.scores.intervals import with_intervals
from cmc.scores.rates import with_rates
from cmc.scores.score_file import EXACT
from cmc.scores.set_metrics import set_features, with_sets
from cmc.scores.summary import Cell, summarise
from cmc.stages.evaluate import Score, evaluate, largest_differences
from cmc.stages.evaluate_tasks import SCORED, Task, inspect, plan, refuse_unusable
from cmc.stages.score_cache import FILE, ScoreCache

if TYPE_CHECKING:
    import torch

# Ground truths on which an inexact setting is compared with the exact one.
FIRST = 4
BENCHMARK = ["benchmark"]


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    made = common.parser("script-evaluate.py", "Step 3: score every mode in Result/<target>/.")
    made.add_argument("--target", nargs="+", required=True, metavar="NAME", help="result folders to score")
    made.add_argument(
        "--metrics",
        nargs="+",
        default=BENCHMARK,
        metavar="NAME",
        help=f"what to measure: {', '.join(GROUPS)} or names of metrics; an unknown one lists them all",
    )
    made.add_argument("--model_weight", type=Path, help="folder with the metrics' weights (default: Weight)")
    made.add_argument("--target_path", type=Path, help="folder of results (default: Result)")
    made.add_argument("--gt_path", type=Path, help="folder of ground truths (default: GT)")
    made.add_argument(
        "--fr_order",
        choices=FR_ORDERS,
        default="published",
        help="what FR compares: published is (GT, decoded), as the leaderboard; standard is (decoded, GT), as pyiqa",
    )
    made.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    made.add_argument(
        "--dtype", choices=common.DTYPES, default="fp32", help="TOPIQ's; auto is fp32; the halves are inexact"
    )
    made.add_argument("--compile", action="store_true", help="torch.compile TOPIQ: minutes a size first, inexact")
    return made


def run(args: argparse.Namespace) -> int:
    """Score every target, print its table and write its files."""
    space = common.workspace(args)
    root, weights = args.target_path or space.result, args.model_weight or space.weight
    targets = list(dict.fromkeys(checked_name(name) for name in args.target))
    images = list_images(args.gt_path or space.gt)
    entries = choose(args.metrics)
    tasks = plan(images, args.limit, root, targets, args.allow_partial)
    check_weights(weights, entries)
    device = pick_device(args.device)
    dtype = _dtype(args.dtype, device)
    tasks = list(common.progress(inspect(tasks), len(tasks), "checking"))
    if not args.allow_partial:
        refuse_unusable(one.status for task in tasks for one in task.candidates)
    make = partial(build, folder=weights, device=device, fr_order=args.fr_order)
    metrics = make(entries, dtype=dtype, compiled=args.compile)
    with ScoreCache(root / FILE) as kept:
        if args.compile or str(dtype) != EXACT:
            _say_difference(tasks[:FIRST], metrics, make, entries, kept)
        total = sum(len(task.candidates) for task in tasks)
        scores = list(common.progress(evaluate(tasks, metrics, kept), total, "scoring"))
    if not args.allow_partial:
        refuse_unusable(score.status for score in scores)
    scores = with_rates(scores, {task.gt.name: task.gt for task in tasks}, space, root)
    by_target = {name: [one for one in scores if one.target == name] for name in targets}
    cells = {name: with_intervals(summarise(found), found) for name, found in by_target.items()}
    for entry in entries:
        if entry.facts.get("of_sets"):
            cells = _with_sets(entry, entry.create(weights, device), tasks, scores, cells)
    higher = directions(entries)
    settings = _settings(args, dtype, metrics, higher)
    if len(tasks) < len(images):
        print(f"only the first {len(tasks)} of {len(images)} images in GT, as --limit says")
    return max(report(root / name, by_target[name], cells[name], settings, higher) for name in targets)


def _dtype(name: str, device: "torch.device") -> "torch.dtype":
    if name == "fp16" and device.type == "cpu":
        raise CMCError("--dtype fp16 is for GPUs, a CPU computes in fp32 or bf16; choose one of those")
    return pick_dtype("fp32" if name == "auto" else name, device)


def _say_difference(
    tasks: Sequence[Task],
    metrics: Mapping[str, Metric],
    make: Callable[..., dict[str, Metric]],
    entries: Sequence[Entry],
    cache: ScoreCache,
) -> None:
    """Before the long run, so that the user can still choose the exact one."""
    import torch

    exact = make([one for one in entries if one.facts.get("inexact")], dtype=torch.float32, compiled=False)
    found = list(evaluate(tasks, {name: metrics[name] for name in exact}, cache))
    wanted = list(evaluate(tasks, exact, cache))
    gaps = ", ".join(f"{name.upper()} {gap:.2g}" for name, gap in largest_differences(found, wanted).items())
    pictures = sum(one.status == SCORED for one in found)
    print(
        f"inexact: largest difference to the exact fp32 score of {pictures} picture(s) "
        f"of the first {len(tasks)} image(s): {gaps or 'none measured'}"
    )


def _with_sets(
    entry: Entry,
    metric: SetMetric,
    tasks: Sequence[Task],
    scores: Sequence[Score],
    cells: Mapping[str, Sequence[Cell]],
) -> dict[str, list[Cell]]:
    features = set_features(metric, common.progress(tasks, len(tasks), entry.name), scores)
    if len(tasks) < entry.facts["least"]:
        print(
            f"{entry.name.upper()} is unreliable under {entry.facts['least']:,} images, and these are {len(tasks):,}: "
            f"{entry.facts['instead']}"
        )
    return {target: with_sets(found, target, metric, features) for target, found in cells.items()}


def _settings(
    args: argparse.Namespace, dtype: "torch.dtype", metrics: Mapping[str, Metric], higher: Mapping[str, bool]
) -> dict[str, str]:
    weights = {column: metric.identity.get("weights") for column, metric in metrics.items()}
    hashes = {f"{column}_weights": sha256[:SHORT] for column, sha256 in weights.items() if sha256}
    hashes |= {f"{column}_note": metric.note for column, metric in metrics.items() if metric.note}
    lower = " ".join(column for column, more in higher.items() if not more)
    return {
        "fr_order": args.fr_order,
        **hashes,
        "dtype": str(dtype),
        **({} if args.metrics == BENCHMARK else {"metrics": " ".join(args.metrics)}),
        **({"compiled": "True"} if args.compile else {}),
        **({"lower_is_better": lower} if lower else {}),
        **({} if args.limit is None else {"limit": str(args.limit)}),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
