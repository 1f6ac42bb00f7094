"""`cmc misc encode` and `cmc misc decode`: MISC (arXiv 2402.16749) for whole folders of pictures."""

import argparse
from collections.abc import Sequence

from cmc.cli import arguments, common, misc_decode, misc_encode


def build_parser() -> argparse.ArgumentParser:
    """Flags of both ways."""
    parser = arguments.bare_parser("misc", "Pictures to streams by MISC, and streams to pictures, a folder at a time.")
    ways = parser.add_subparsers(dest="way", required=True, metavar="encode|decode")
    misc_encode.add_way(ways)
    misc_decode.add_way(ways)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, common.run_way, argv)
