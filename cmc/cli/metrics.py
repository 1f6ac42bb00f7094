"""`cmc metrics`: every metric, what it measures, and whether its weights are here."""

import argparse
from collections.abc import Sequence

from cmc.catalogue import metric_rows
from cmc.cli import arguments, common
from cmc.metrics.base import GROUPS


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("metrics", "List every metric: what it looks at, which way is better, weights, licence.")
    arguments.add_path(parser, "--model_weight", "folder with the metrics' weights (default: Weight)")
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the table, and the groups that script-evaluate.py takes for names."""
    print(common.facts_table(metric_rows(args.model_weight or common.workspace(args).weight)))
    print()
    for group, names in GROUPS.items():
        print(f"{group}: {' '.join(names)}")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
