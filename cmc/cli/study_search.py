"""`cmc study --search`: the best setting of a plan, for a part of the full matrix's pictures."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cmc.cli import common, engines, study_commands, study_run
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.workspace import Workspace
from cmc.report.style import FORMATS, save
from cmc.studies.expand import Expanded
from cmc.studies.halving import BUDGET, FAILED
from cmc.studies.objective import OVERALL
from cmc.studies.plan import Plan
from cmc.studies.search import SearchResult, search
from cmc.studies.search_table import front_table, search_lines, write_rungs, write_search
from cmc.studies.setting import Setting

TABLE, RUNGS, FIGURE = "search.csv", "rungs.csv", "pareto"


def add_task(tasks: "argparse._MutuallyExclusiveGroup") -> None:
    """--search, in place of running a study whole."""
    tasks.add_argument(
        "--search",
        nargs="?",
        const=OVERALL,
        metavar="METRIC",
        help=f"find the setting that is best by {OVERALL}, or by a metric of the plan, with few pictures",
    )


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Bounds of a search."""
    command.add_argument("--max_bpp", type=float, help="with --search: what the mean measured rate may be at most")
    command.add_argument(
        "--search_budget", type=float, default=BUDGET, metavar="SHARE", help="with --search: share of all pictures"
    )


def check_arguments(args: argparse.Namespace) -> None:
    """Raises CMCError for bounds that bound nothing, and for values that no search can have."""
    if args.max_bpp is not None and not args.search:
        raise CMCError("--max_bpp bounds a search; name what to search by with --search")
    if args.max_bpp is not None and not args.max_bpp > 0:
        raise CMCError(f"--max_bpp {args.max_bpp}: expected a rate over 0")
    if not 0 < args.search_budget <= 1:
        raise CMCError(f"--search_budget {args.search_budget}: expected a share over 0 and up to 1")


def run(args: argparse.Namespace, space: Workspace, plan: Plan, expanded: Expanded) -> int:
    """Search, say what was found, and write it beside the study's list of images."""
    keys, folder = study_commands.keys_of(space, plan), study_commands.folder_of(space, plan)
    with engines.create(args) as engine:

        def run_rung(settings: Sequence[Setting], images: Sequence[str]) -> Mapping[str, str]:
            rung = plan if len(images) == len(keys) else _over(space, plan, images)
            return _failures(study_run.make(engine, space, rung, expanded, [setting.name for setting in settings]))

        found = search(plan, expanded, keys, run_rung, space.result, args.search, args.max_bpp, args.search_budget)
    print("\n" + "\n".join(search_lines(found)))
    _show_front(found)
    _write(found, folder)
    failed = any(rung.of_fate(FAILED) for rung in found.halving.rungs)
    return common.INCOMPLETE if failed or found.halving.winner is None else common.OK


def _over(space: Workspace, plan: Plan, images: Sequence[str]) -> Plan:
    """The plan over some of its images, in a list of their own, which score files will name."""
    path = study_commands.folder_of(space, plan) / f"images-{len(images)}.txt"
    write_atomic(path, "".join(f"{image}\n" for image in images).encode())
    return replace(plan, limit=None, images=f"{{root}}/{space.recorded(path)}")


def _failures(outcomes: study_run.Outcomes) -> dict[str, str]:
    """Why settings have no scores, by setting."""
    failures: dict[str, str] = {}
    for output, reason in outcomes.failed.items():
        folder, _, name = output.partition("/")
        if folder == "Result":
            target, _, mode = name.partition("/")
            failures.setdefault(target, f"{mode}: {reason}" if mode else reason)
    return failures


def _show_front(found: SearchResult) -> None:
    from tabulate import tabulate

    header, rows = front_table(found)
    if rows:
        print("\n" + tabulate(rows, header, disable_numparse=True))
    else:
        print("no Pareto front: no setting has FR, NR and a measured rate over all images")


def _write(found: SearchResult, folder: Path) -> None:
    from cmc.report.pareto_plot import pareto_plot

    write_search(folder / TABLE, found)
    write_rungs(folder / RUNGS, found)
    written = f"{folder}/{TABLE}, {RUNGS}"
    if found.points:
        save(pareto_plot(found.points, found.max_bpp), folder, FIGURE)
        written += f" and {FIGURE}.{{{','.join(FORMATS)}}}"
    print(f"written: {written}")
