"""`cmc rate`: people rate reconstructions beside their references in a browser, and votes become opinion scores."""

import argparse
from collections.abc import Sequence

from cmc.cli import arguments, common, rate_analyse, rate_export, rate_forget, rate_make, rate_serve, rate_status

WAYS = (rate_make, rate_serve, rate_status, rate_export, rate_forget, rate_analyse)


def build_parser() -> argparse.ArgumentParser:
    """Flags of all ways."""
    parser = arguments.bare_parser("rate", "People rate pictures: plan a study, serve it, look, export, analyse.")
    names = "|".join(module.__name__.rpartition("_")[2] for module in WAYS)
    ways = parser.add_subparsers(dest="way", required=True, metavar=names)
    for module in WAYS:
        module.add_way(ways)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, common.run_way, argv)
