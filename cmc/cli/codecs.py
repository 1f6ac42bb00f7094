"""`cmc codecs`: every codec, its settings, and what of its streams is counted."""

import argparse
from collections.abc import Sequence

from cmc.catalogue import codec_rows
from cmc.cli import arguments, common


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.bare_parser(
        "codecs", "List every codec: standard, scale of its quality, what is counted as bits."
    )
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    print(common.facts_table(codec_rows()))
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
