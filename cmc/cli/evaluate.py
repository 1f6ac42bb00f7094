"""Step 3, `script-evaluate.py`: pictures to scores."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.score_report import report_target, show_target
from cmc.core.choice import Choice
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.workspace import Workspace, checked_name
from cmc.metrics.base import FR_ORDERS, GROUPS
from cmc.metrics.selection import choose_metrics
from cmc.metrics.weight_files import check_weights
from cmc.scores.rates import with_rates
from cmc.scores.scoring import InexactScores, Scoring, scoring_dtype
from cmc.scores.summary import Cell
from cmc.scores.unchanged import recorded_cells, split_unchanged
from cmc.stages.decode_settings import DEFAULT_DECODER
from cmc.stages.engine.base import Engine
from cmc.stages.evaluate import Score, evaluate
from cmc.stages.evaluate_tasks import Task, find_target, plan_tasks, refuse_unusable
from cmc.stages.score_cache import FILE, ScoreCache
from cmc.stages.score_costs import scoring_billed
from cmc.stages.scoring_worker import Scorers
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
    arguments.add_engine(parser)
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
    with engines.opened(args) as engine, ExitStack() as locks:
        for target in targets:
            locks.enter_context(one_writer(find_target(root, target), "score others meanwhile"))
        return _evaluate(args, engine, space, root, targets, images)


def _evaluate(
    args: argparse.Namespace,
    engine: Engine,
    space: Workspace,
    root: Path,
    targets: Sequence[str],
    images: Mapping[str, Path],
) -> int:
    weights = args.model_weight or space.weight
    entries, choice = choose_metrics(args.metrics), arguments.choice(args)
    tasks = plan_tasks(images, choice, root, targets, args.allow_partial)
    check_weights(weights, entries)
    device = engine.device(args.device)
    scoring = Scoring(entries, weights, device, scoring_dtype(args.dtype, device), args.fr_order, args.compile)
    digests = freshness.digests(space, [task.gt for task in tasks])
    tasks = freshness.checked(Staleness(space, root, digests), tasks, args.allow_partial)
    settings = _settings(args, engine, scoring, choice, space)
    known = split_unchanged(tasks, targets, root, settings, digests)
    changed = [target for target in targets if target not in known.files]
    scores = _score(args, engine, scoring, known.tasks, root, settings) if changed else []
    if not args.allow_partial:
        refuse_unusable(score.status for score in scores)
    scores = with_rates(scores, {task.gt.name: task.gt for task in tasks}, space, root)
    if len(tasks) < len(images):
        print(f"only {len(tasks)} of {len(images)} images in GT, as --limit or --images says")
    cells = scoring.summarise(scores, changed, known.tasks, _progress, engine.device_here(args.device))
    code = _report(scoring, scores, cells, len(tasks), root, settings)
    for target, file in known.files.items():
        print(f"\n{target} was scored before, and nothing of it has changed")
        show_target(target, file.scores, recorded_cells(file, root / target), settings, scoring.higher_is_better)
    return code


def _settings(
    args: argparse.Namespace, engine: Engine, scoring: Scoring, choice: Choice, space: Workspace
) -> dict[str, str]:
    """What stands beside every score; the metrics know which weights they loaded."""
    crew: Scorers = engine.crew(scoring.loader(tuple(args.plugin)))
    return scoring.settings(crew.about, [] if args.metrics == BENCHMARK else args.metrics, choice, space)


def _score(
    args: argparse.Namespace,
    engine: Engine,
    scoring: Scoring,
    tasks: Sequence[Task],
    root: Path,
    settings: Mapping[str, str],
) -> list[Score]:
    plugins = tuple(args.plugin)
    with ScoreCache(root / FILE) as cache:
        exact = None
        if not scoring.exact:
            exact = list(evaluate(tasks[:FIRST], engine.crew(scoring.exact_loader(plugins)), cache))
        crew: Scorers = engine.crew(scoring.loader(plugins))
        with scoring_billed(crew.ledger, root, settings) as scored:
            if exact is not None:
                first = list(evaluate(tasks[:FIRST], crew, cache, scored))
                _say_difference(InexactScores.between(first, exact, len(tasks[:FIRST])))
            total = sum(len(task.candidates) for task in tasks)
            return list(common.progress(evaluate(tasks, crew, cache, scored), total, "scoring"))


def _report(
    scoring: Scoring,
    scores: Sequence[Score],
    cells: Mapping[str, list[Cell]],
    images: int,
    root: Path,
    settings: dict[str, str],
) -> int:
    for entry in scoring.unreliable(images):
        needed = f"{entry.name.upper()} is unreliable under {entry.facts.least:,} images"
        print(f"{needed}, and these are {images:,}: {entry.facts.instead}")
    codes = []
    for target, target_cells in cells.items():
        target_scores = [score for score in scores if score.target == target]
        codes.append(report_target(root / target, target_scores, target_cells, settings, scoring.higher_is_better))
    return max(codes, default=common.OK)


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
