"""`cmc study`: a plan of many settings, from captions to scores, figures and tables; what is missing or stale alone."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness, power_table, study_portability, study_run, study_search
from cmc.core.errors import CMCError
from cmc.core.lock import one_writer
from cmc.core.workspace import ALL, Workspace
from cmc.leaderboard.load_targets import load_collection
from cmc.leaderboard.power import OVERALL
from cmc.registry import load_plugins
from cmc.studies.estimate import Outlook, measured, outlooks
from cmc.studies.expand import Expanded, expand
from cmc.studies.plan import Plan
from cmc.studies.presets import find_plan, headline, plan_text, presets
from cmc.studies.stages import SHARE, scoring_stages, stages_of

MINUTE, HOUR, DAY = 60, 3600, 86400


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("study", "Run a plan: many encoders, decoders and settings, whatever of them is missing.")
    parser.add_argument("plan", nargs="?", help=f"a TOML file, or a preset of the paper: {', '.join(presets())}")
    parser.add_argument("--print", action="store_true", help="print the plan, to be edited, and do nothing")
    parser.add_argument("--dry_run", action="store_true", help="print the stages, and what they will take")
    study_search.add_arguments(parser)
    study_portability.add_arguments(parser)
    parser.add_argument("--power", action="store_true", help="how sure the ranks of what is scored are; runs nothing")
    parser.add_argument("--metric", metavar="NAME", help=f"with --power: by another score than the {OVERALL} one")
    parser.add_argument("--every_pair", action="store_true", help="with --power: any two results, not neighbours alone")
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
    study_search.check_arguments(args)
    study_portability.check_arguments(args)
    load_plugins(map(Path, plan.plugins))
    space, expanded = common.workspace(args), expand(plan)
    plan = study_run.with_limit(plan, args.limit)
    if args.dry_run:
        return _dry_run(space, plan, expanded)
    if args.power:
        return _power(args, space, expanded)
    task = study_search if args.search else study_portability if args.portability else study_run
    with one_writer(study_run.folder_of(space, plan), "give the plan another name"):
        return task.run(args, space, plan, expanded)


def _power(args: argparse.Namespace, space: Workspace, expanded: Expanded) -> int:
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


def _list_presets() -> int:
    for name, text in presets().items():
        print(f"{name:<16} {headline(text)}")
    print("\ncmc study NAME runs one, cmc study NAME --print > plan.toml makes it yours")
    return common.OK


def _dry_run(space: Workspace, plan: Plan, expanded: Expanded) -> int:
    keys = study_run.keys_of(space, plan)
    stages = stages_of(plan, expanded)
    study_run.check_arguments(space, [*stages, *scoring_stages(plan, expanded.study.targets)])
    found = list(outlooks(stages, space, keys, measured(space)))
    for number, outlook in enumerate(found, 1):
        print(f"[{number}/{len(found)}] {study_run.command_line(space, outlook.stage)}")
        print(f"    {_state(outlook)}")
    for stage in scoring_stages(plan, expanded.study.targets):
        print(f"then: {study_run.command_line(space, stage)}")
    print(f"\n{_sum(found, len(keys))}")
    return common.OK


def _state(outlook: Outlook) -> str:
    outputs = f"{outlook.present:,} of {outlook.total:,} are there"
    if outlook.stage.command == SHARE:
        return f"{outputs}; the same pictures as {outlook.stage.source}, not made twice"
    return outputs if not outlook.missing else f"{outputs}; the others take {_time(outlook.seconds)}"


def _sum(found: Sequence[Outlook], images: int) -> str:
    made = [outlook for outlook in found if outlook.stage.command in ("t2i", "codec")]
    shared = sum(outlook.total for outlook in found if outlook.stage.command == SHARE)
    pictures, missing = sum(o.total for o in made), sum(o.missing for o in made)
    also = f", and {shared:,} that are shared" if shared else ""
    known = [outlook for outlook in found if outlook.seconds is not None and outlook.size is not None]
    unknown = sum(o.missing for o in found if o.seconds is None or o.size is None)
    seconds = sum(outlook.seconds or 0 for outlook in known)
    size = sum(outlook.size or 0 for outlook in known)
    measure = f"About {_time(seconds)} of one worker and {size / 1e9:.2f} GB"
    beside = f", without {unknown:,} output(s) of kinds that were not measured here yet" if unknown else ""
    return (
        f"{pictures:,} pictures of {images:,} image(s){also}; {missing:,} are missing. "
        f"{measure}{beside}; scoring not counted."
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "a time that was not measured here yet"
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} seconds"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
