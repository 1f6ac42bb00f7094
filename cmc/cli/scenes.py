"""`cmc scenes`: ground truth that needs no download, and whose content is known."""

import argparse
from collections.abc import Sequence

from cmc.cli import arguments, common
from cmc.scenes.files import SHOWN, save_scenes
from cmc.scenes.render import SEEDS, SIDE


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("scenes", "Draw scenes into GT, and what they show into scenes.json beside it.")
    parser.add_argument(
        "--count", type=arguments.positive, default=18, help="how many, the three content types taking turns"
    )
    parser.add_argument("--use", choices=SEEDS, default="demo", help="which seeds; the shipped models saw only train's")
    parser.add_argument("--side", type=arguments.positive, default=SIDE, help="width and height in pixels")
    return parser


def run(args: argparse.Namespace) -> int:
    """Draw what is not there yet."""
    save_scenes(args.root, args.use, args.count, args.side)
    print(f"{args.root / 'GT'}: {args.count} scenes; {args.root / SHOWN} says what they show")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
