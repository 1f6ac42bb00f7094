"""`cmc rate`: people rate results, and their votes become opinion scores."""

import argparse
from collections.abc import Sequence

from cmc.cli import arguments, common, rate_analyse


def build_parser() -> argparse.ArgumentParser:
    """Flags of every way."""
    parser = arguments.bare_parser("rate", "People rate results beside their ground truths: a subjective study.")
    ways = parser.add_subparsers(dest="way", required=True, metavar="analyse")
    rate_analyse.add_way(ways)
    return parser


def run(args: argparse.Namespace) -> int:
    """The way that was asked for."""
    code: int = args.run(args)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
