"""Flags of `cmc curate` that say what is wanted, and the plan that they make."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments
from cmc.core.errors import CMCError
from cmc.curation.plan import PICKS, RANDOM, Criteria, Group, Plan, count_of
from cmc.curation.plan_file import CRITERIA, read_plan
from cmc.curation.scored import DEFAULT, nr_metric


def add_wanted(parser: argparse.ArgumentParser) -> None:
    """Where candidates are, how many of them are wanted, and what they must be like."""
    parser.add_argument(
        "--from",
        dest="sources",
        nargs="+",
        action="extend",
        default=[],
        metavar="TYPE/SUBTYPE=DIR",
        help="candidates of a content type, as NSI/pgc=clic; a subtype may have several folders",
    )
    parser.add_argument("--plan", type=Path, metavar="FILE.toml", help="the same and more, by subtype, in a file")
    parser.add_argument(
        "--count",
        nargs="+",
        action="extend",
        default=[],
        metavar="TYPE/SUBTYPE=N",
        help="with --from: how many are wanted (default: as many as in the benchmark)",
    )
    _add_criteria(parser)
    parser.add_argument("--distance", type=int, default=8, metavar="BITS", help="of 64 that near-duplicates differ in")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")


def _add_criteria(parser: argparse.ArgumentParser) -> None:
    """A flag an entry of `Criteria`."""
    parser.add_argument(
        "--metric", metavar="NAME", help=f"what scores pictures: one of perception (default: {DEFAULT})"
    )
    parser.add_argument("--least", type=arguments.finite, metavar="X", help="worst score of a candidate that may stay")
    parser.add_argument("--share", type=arguments.finite, metavar="X", help="which part stays, the best: 0.5")
    parser.add_argument("--least_side", type=arguments.positive, metavar="PIXELS", help="of the shorter side")
    parser.add_argument("--largest_side", type=arguments.positive, metavar="PIXELS", help="of the longer side")
    parser.add_argument(
        "--jpeg_quality", type=arguments.positive, metavar="Q", help="least quality of a JPEG, 1 to 100"
    )
    parser.add_argument("--blocking", type=arguments.finite, metavar="X", help="most traces of JPEG blocks, 0 to 2")
    parser.add_argument("--pick", choices=PICKS, default=RANDOM, help="which stay where more would do than are wanted")


def plan_of(args: argparse.Namespace) -> Plan:
    """Raises CMCError for flags and files that are no plan."""
    criteria = Criteria(**{name: getattr(args, name) for name in CRITERIA})
    if bool(args.plan) == bool(args.sources) or (args.plan and args.count):
        raise CMCError("say where candidates are: either --from, with --count if need be, or --plan")
    groups = read_plan(args.plan, criteria) if args.plan else _groups(args.sources, args.count, criteria)
    if not groups:
        raise CMCError(f"{args.plan} has no table of a subtype; expected some, as [NSI.pgc]")
    scored = args.metric or any(group.criteria.scored for group in groups)
    return Plan(groups, nr_metric(args.metric).name if scored else "", args.distance, args.seed)


def _groups(sources: Sequence[str], counts: Sequence[str], criteria: Criteria) -> list[Group]:
    folders: dict[str, list[Path]] = {}
    for text in sources:
        name, folder = _pair(text, "--from", "NSI/pgc=folder")
        folders.setdefault(name, []).append(Path(folder))
    wanted = {name: _number(number) for name, number in (_pair(text, "--count", "NSI/pgc=50") for text in counts)}
    strays = sorted(wanted.keys() - folders.keys())
    if strays:
        raise CMCError(f"--count {strays[0]}: nothing of it is in --from; name a folder, or leave it out")
    return [Group(name, paths, count_of(name, wanted), criteria) for name, paths in folders.items()]


def _pair(text: str, flag: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise CMCError(f"{flag}: expected {example}, found {text!r}")
    return name, value


def _number(text: str) -> int:
    try:
        return arguments.positive(text)
    except argparse.ArgumentTypeError as error:
        raise CMCError(f"--count: {error}") from error
