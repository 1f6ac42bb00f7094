"""`cmc rate make`: a study of results, planned and laid out."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cmc.cli import arguments, common, freshness, rate_outline, rate_study
from cmc.cli.checked_tasks import checked_tasks
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.core.workspace import ALL, Workspace, checked_name
from cmc.raters.design import Design
from cmc.raters.link_sheet import save_links
from cmc.raters.links import links
from cmc.raters.make_study import make_study, refuse_made, signer_of
from cmc.raters.rated_pictures import choose_pictures
from cmc.raters.study_folder import LINKS
from cmc.raters.viewer_codes import numbered, read_viewer_codes
from cmc.stages.evaluate_tasks import Task, plan_tasks
from cmc.stages.staleness import Staleness


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Plan a study: who rates which pictures of Result beside GT, in which sessions and order."
    parser = arguments.subcommand(ways, "rate make", about)
    parser.add_argument(
        "target",
        nargs="+",
        metavar="TARGET",
        help="results to rate; A,B,C is one decoder of which each picture is one of those targets, drawn by the seed "
        "(the same at several strengths)",
    )
    rate_study.add_study(parser)
    parser.add_argument("--mode", choices=[ALL, *MODES], default=ALL, help="of the modes that are there")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--viewers", type=arguments.positive, default=20, metavar="N", help="how many people take part")
    who.add_argument(
        "--viewer_codes",
        type=Path,
        metavar="FILE",
        help="what they are called instead, a code a line (default: v01, v02, ...)",
    )
    parser.add_argument(
        "--views", type=arguments.positive, metavar="K", help="viewers that see each picture (default: all of them)"
    )
    parser.add_argument(
        "--session",
        type=arguments.positive,
        default=190,
        metavar="N",
        help="pictures a session at most (the paper: 400)",
    )
    parser.add_argument(
        "--training", type=_count, default=8, metavar="N", help="pictures before the first session, which do not count"
    )
    parser.add_argument(
        "--dummies", type=_count, default=3, metavar="N", help="pictures before each, which do not either"
    )
    parser.add_argument(
        "--aside", type=_count, default=3, metavar="N", help="ground truths that are kept for those, and not rated"
    )
    parser.add_argument(
        "--rest", type=arguments.positive, default=100, metavar="N", help="pictures between short rests"
    )
    parser.add_argument("--step", type=arguments.finite, default=0.1, help="of the scales from 0 to 5")
    parser.add_argument("--seed", type=int, default=0, help="of every choice and order")
    rate_study.add_url(parser, rate_study.URL)
    arguments.add_choice(parser)
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    arguments.add_partial(parser, "leave out pictures that are missing, stale or cannot be used")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    return 0 if text == "0" else arguments.positive(text)


def _design(args: argparse.Namespace, viewers: int) -> Design:
    return Design(
        viewers=viewers,
        views=args.views or viewers,
        session=args.session,
        training=args.training,
        dummies=args.dummies,
        aside=args.aside if args.training or args.dummies else 0,
        rest=args.rest,
        step=args.step,
        seed=args.seed,
    )


def run(args: argparse.Namespace) -> int:
    """Fill the study's folder, and say what comes of it."""
    space, folder = common.workspace(args), rate_study.folder(args)
    refuse_made(folder)
    viewers = read_viewer_codes(args.viewer_codes) if args.viewer_codes else numbered(args.viewers)
    design = _design(args, len(viewers))
    decoders = [list(map(checked_name, target.split(","))) for target in args.target]
    tasks = _tasks(args, space, [name for decoder in decoders for name in decoder])
    sources = choose_pictures(tasks, decoders, design)
    made_from: Document = {"targets": args.target, "mode": args.mode, "images": len(tasks)}
    with one_writer(folder, "name another --study"):
        refuse_made(folder)
        study = make_study(folder, sources, design, made_from, rate_study.progress("copying"), viewers)
        save_links(folder / LINKS, links(signer_of(study), study.playlists, args.url))
    rate_outline.show(study, args.url)
    return common.OK


def _tasks(args: argparse.Namespace, space: Workspace, targets: Sequence[str]) -> list[Task]:
    """The pictures of a choice, checked as for scoring."""
    results = args.target_path or space.result
    images = list_ground_truth(space.gt)
    planned = plan_tasks(images, arguments.choice(args), results, list(dict.fromkeys(targets)), args.allow_partial)
    tasks = [_of_mode(task, args.mode) for task in planned]
    staleness = Staleness(space, results, freshness.digests(space, [task.gt for task in tasks]))
    checked = checked_tasks(tasks, staleness, args.allow_partial)
    lost = sum(picture.path is None for task in checked for picture in task.candidates)
    if lost:
        print(f"{lost} picture(s) are left out: they failed, or are missing, stale or unusable")
    return checked


def _of_mode(task: Task, mode: str) -> Task:
    return replace(task, candidates=tuple(one for one in task.candidates if mode in (ALL, one.mode)))
