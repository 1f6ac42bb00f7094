"""`cmc study --power`: how sure the ranks of a study's results are, as far as they are scored."""

import argparse

from cmc.cli import common, freshness, power_table
from cmc.core.errors import CMCError
from cmc.core.workspace import ALL, Workspace
from cmc.leaderboard.load_targets import load_collection
from cmc.leaderboard.power import OVERALL
from cmc.studies.expand import Expanded
from cmc.studies.plan import Plan


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Flags beside --power."""
    command.add_argument("--metric", metavar="NAME", help=f"with --power: by another score than the {OVERALL} one")
    command.add_argument("--every_pair", action="store_true", help="with --power: any two results")


def check_arguments(args: argparse.Namespace) -> None:
    """Raises CMCError for flags that say what is not asked for."""
    if not args.power and (args.metric or args.every_pair):
        raise CMCError("--metric and --every_pair say what --power shows; add --power, or leave them out")


def run(args: argparse.Namespace, space: Workspace, plan: Plan, expanded: Expanded) -> int:
    """How sure the ranks of the study's results are, as far as they are scored."""
    folders = [space.result / target for target in expanded.study.targets]
    scored = [folder for folder in folders if (folder / "scores.csv").is_file()]
    if not scored:
        raise CMCError(f"no result of the study is scored yet; run cmc study {args.plan} first")
    if len(scored) < len(folders):
        print(f"{len(folders) - len(scored)} of {len(folders)} results are not scored yet and left out")
    collection = load_collection(scored, freshness.staleness(space, space.result, scored), None, partial=True)
    power_table.show(collection, args.metric or OVERALL, ALL, "text", args.every_pair)
    return common.OK
