"""`cmc models`: every encoder and decoder, and whether it can run here."""

import argparse
from collections.abc import Sequence

from cmc.catalogue import Model, models
from cmc.cli import arguments, common
from cmc.core.device import pick_device, pick_dtype
from cmc.core.errors import CMCError
from cmc.core.facts import DecoderFacts


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("models", "List every encoder and decoder: modes, checkpoint, licence, size.")
    parser.add_argument("name", nargs="*", help="only these")
    parser.add_argument("--check", action="store_true", help="load each whose packages and weights are here")
    arguments.add_device(parser)
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the table; with --check, what became of each model that could be loaded."""
    listed = [model for model in models(args.root) if not args.name or model.name in args.name]
    unknown = sorted(set(args.name) - {model.name for model in listed})
    if unknown:
        raise CMCError(f"no model {unknown[0]!r}; cmc models lists them all")
    for role in ("encoder", "decoder"):
        rows = [model.row() for model in listed if model.role == role]
        if rows:
            print(f"\n{role}s\n{common.facts_table(rows)}")
    print("\nSizes are of half-precision weights; memory is an estimate for one picture of 1024 pixels, not measured.")
    if not args.check:
        return common.OK
    able = [model for model in listed if model.packages and model.weights]
    return max([_check(args, model) for model in able], default=common.OK)


def _check(args: argparse.Namespace, model: Model) -> int:
    device = pick_device(args.device)
    half = model.facts.half if isinstance(model.facts, DecoderFacts) else "fp16"
    try:
        loaded = model.entry.create(model.checkpoint or None, device, pick_dtype(args.dtype, device, half))
    except CMCError as error:
        print(f"{model.name}: {error}")
        return common.INCOMPLETE
    description = ", ".join(f"{key}: {value}" for key, value in loaded.describe().items() if value)
    print(f"{model.name}: loads ({description or 'nothing to load'})")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
