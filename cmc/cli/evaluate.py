"""Step 3, `script-evaluate.py`: pictures to scores."""

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from cmc.cli import arguments, common, freshness
from cmc.cli.score_report import report_target
from cmc.core.allocator import keep_buffers
from cmc.core.device import pick_device
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.origin import UNKNOWN
from cmc.core.workspace import Workspace, checked_name
from cmc.metrics.base import FR_ORDERS, GROUPS, Metric
from cmc.metrics.selection import choose_metrics
from cmc.metrics.weight_files import check_weights
from cmc.scores.rates import with_rates
from cmc.scores.scoring import InexactScores, Scoring, scoring_dtype
from cmc.stages.decode_settings import DEFAULT_DECODER
from cmc.stages.evaluate import Score, evaluate
from cmc.stages.evaluate_tasks import Task, check_pictures, find_target, plan_tasks, refuse_stale, refuse_unusable
from cmc.stages.score_cache import FILE, ScoreCache
from cmc.stages.staleness import Staleness

# Ground truths on which an inexact setting is compared with the exact one.
FIRST = 4
BENCHMARK = ["benchmark"]


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    parser = arguments.parser("evaluate", "Step 3: score every mode in Result/<target>/.")
    parser.add_argument(
        "--target", nargs="*", default=[], metavar="NAME", help=f"result folders to score (default: {DEFAULT_DECODER})"
    )
    parser.add_argument(
        "--metrics",
        nargs="+",
        default=BENCHMARK,
        metavar="NAME",
        help=f"what to measure: {', '.join(GROUPS)} or names of metrics, see cmc metrics (default: benchmark)",
    )
    arguments.add_path(parser, "--model_weight", "folder with the metrics' weights (default: Weight)")
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    arguments.add_path(parser, "--gt_path", "folder of ground truths (default: GT)")
    parser.add_argument(
        "--fr_order",
        choices=FR_ORDERS,
        help="what FR compares: published is (GT, decoded), as the leaderboard; standard is (decoded, GT), as pyiqa "
        "(default: what the weights were fitted in; published for the benchmark's)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument(
        "--dtype", choices=arguments.DTYPES, default="fp32", help="TOPIQ's; auto is fp32; the halves are inexact"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile TOPIQ: minutes a size first, inexact")
    arguments.add_choice(parser)
    arguments.add_partial(parser, "go on without pictures that are missing or cannot be scored; tables say how many")
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Score every target, print its table and write its files."""
    space = common.workspace(args)
    root = args.target_path or space.result
    targets = list(dict.fromkeys(checked_name(name) for name in args.target if name)) or [DEFAULT_DECODER]
    images = list_ground_truth(args.gt_path or space.gt)
    with ExitStack() as locks:
        for target in targets:
            locks.enter_context(one_writer(find_target(root, target), "score others meanwhile"))
        return _evaluate(args, space, root, targets, images)


def _evaluate(
    args: argparse.Namespace, space: Workspace, root: Path, targets: Sequence[str], images: Mapping[str, Path]
) -> int:
    weights = args.model_weight or space.weight
    entries, choice = choose_metrics(args.metrics), arguments.choice(args)
    tasks = plan_tasks(images, choice, root, targets, args.allow_partial)
    check_weights(weights, entries)
    device = pick_device(args.device)
    scoring = Scoring(entries, weights, device, scoring_dtype(args.dtype, device), args.fr_order, args.compile)
    tasks = _check(args, space, root, tasks)
    if device.type == "cpu":
        keep_buffers()
    metrics = scoring.build()
    scores = _score(scoring, metrics, tasks, root / FILE)
    if not args.allow_partial:
        refuse_unusable(score.status for score in scores)
    scores = with_rates(scores, {task.gt.name: task.gt for task in tasks}, space, root)
    settings = scoring.settings(metrics, [] if args.metrics == BENCHMARK else args.metrics, choice, space)
    if len(tasks) < len(images):
        print(f"only {len(tasks)} of {len(images)} images in GT, as --limit or --images says")
    return _report(scoring, scores, targets, tasks, root, settings)


def _check(args: argparse.Namespace, space: Workspace, root: Path, tasks: Sequence[Task]) -> list[Task]:
    """The tasks, marked where a picture cannot be scored, or is stale; refused unless --allow_partial."""
    staleness = Staleness(space, root, freshness.digests(space, [task.gt for task in tasks]))
    checked = list(common.progress(check_pictures(tasks, staleness), len(tasks), "checking"))
    if not args.allow_partial:
        refuse_unusable(picture.status for task in checked for picture in task.candidates)
        refuse_stale(
            {
                f"{picture.target}/{picture.mode}/{task.gt.name}": picture.status
                for task in checked
                for picture in task.candidates
            }
        )
    unknown = Counter(picture.target for task in checked for picture in task.candidates if picture.unknown)
    for target, count in unknown.items():
        print(f"{target}: {count} picture(s) {UNKNOWN}: nothing says which captions, references or GT they are from")
    return checked


def _score(scoring: Scoring, metrics: Mapping[str, Metric], tasks: Sequence[Task], cache_path: Path) -> list[Score]:
    with ScoreCache(cache_path) as cache:
        if not scoring.exact:
            _say_difference(scoring.compare_with_exact(tasks[:FIRST], metrics, cache))
        total = sum(len(task.candidates) for task in tasks)
        return list(common.progress(evaluate(tasks, metrics, cache), total, "scoring"))


def _report(
    scoring: Scoring,
    scores: Sequence[Score],
    targets: Sequence[str],
    tasks: Sequence[Task],
    root: Path,
    settings: dict[str, str],
) -> int:
    cells = scoring.summarise(scores, targets, tasks, _progress)
    for entry in scoring.unreliable(len(tasks)):
        needed = f"{entry.name.upper()} is unreliable under {entry.facts.least:,} images"
        print(f"{needed}, and these are {len(tasks):,}: {entry.facts.instead}")
    codes = []
    for target in targets:
        target_scores = [score for score in scores if score.target == target]
        codes.append(report_target(root / target, target_scores, cells[target], settings, scoring.higher_is_better))
    return max(codes)


def _progress(tasks: Sequence[Task], title: str) -> Iterable[Task]:
    return common.progress(tasks, len(tasks), title)


def _say_difference(difference: InexactScores) -> None:
    """Before the long run, so that the user can still choose the exact one."""
    gaps = ", ".join(f"{column.upper()} {gap:.2g}" for column, gap in difference.gaps.items())
    print(
        f"inexact: largest difference to the exact fp32 score of {difference.pictures} picture(s) "
        f"of the first {difference.images} image(s): {gaps or 'none measured'}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
