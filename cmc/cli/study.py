"""`cmc study`: a plan of many settings, from captions to scores, figures and tables; what is missing or stale alone."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cmc.cli import (
    arguments,
    common,
    study_commands,
    study_outlook,
    study_portability,
    study_power,
    study_run,
    study_search,
)
from cmc.core.lock import one_writer
from cmc.registry import load_plugins
from cmc.studies.expand import expand
from cmc.studies.plan import Plan
from cmc.studies.portable_plan import with_variants
from cmc.studies.presets import find_plan, headline, plan_text, presets


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("study", "Run a plan: many encoders, decoders and settings, whatever of them is missing.")
    parser.add_argument("plan", nargs="?", help=f"a TOML file, or a preset of the paper: {', '.join(presets())}")
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--print", action="store_true", help="print the plan, to be edited, and do nothing")
    task.add_argument("--dry_run", action="store_true", help="print the stages, and what they will take")
    task.add_argument("--power", action="store_true", help="how sure the ranks of what is scored are; runs nothing")
    study_search.add_task(task)
    study_portability.add_task(task)
    for module in (study_power, study_search, study_portability):
        module.add_arguments(parser)
    arguments.add_limit(parser)
    arguments.add_engine(parser)
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do what was asked of a plan."""
    if args.plan is None:
        return _list_presets()
    plan = find_plan(args.plan)
    if args.print:
        print(plan_text(args.plan), end="")
        return common.OK
    for module in (study_power, study_search, study_portability):
        module.check_arguments(args)
    plan = _as_asked(args, plan)
    load_plugins(map(Path, plan.plugins))
    space, expanded = common.workspace(args), expand(plan)
    if args.dry_run:
        return study_outlook.run(space, plan, expanded)
    if args.power:
        return study_power.run(args, space, plan, expanded)
    task = study_search if args.search else study_portability if args.portability else study_run
    with one_writer(study_commands.folder_of(space, plan), "give the plan another name"):
        return task.run(args, space, plan, expanded)


def _as_asked(args: argparse.Namespace, plan: Plan) -> Plan:
    """The plan with what the command line says beside it."""
    plan = replace(plan, limit=args.limit or plan.limit, plugins=(*plan.plugins, *map(str, args.plugin)))
    return with_variants(plan) if args.portability and not args.against else plan


def _list_presets() -> int:
    for name, text in presets().items():
        print(f"{name:<16} {headline(text)}")
    print("\ncmc study NAME runs one, cmc study NAME --print > plan.toml makes it yours")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
