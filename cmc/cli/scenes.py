"""`python -m cmc scenes`: ground truth that needs no download, and whose content is known."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from cmc.cli import common
from cmc.core.files import write_json
from cmc.core.images import save_png
from cmc.scenes.render import SEEDS, SIDE, scenes


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = common.parser("scenes", "Draw scenes into GT, and what they show into scenes.json beside it.")
    parser.add_argument(
        "--count", type=common.positive, default=18, help="how many, the three content types taking turns"
    )
    parser.add_argument("--use", choices=SEEDS, default="demo", help="which seeds; the shipped models saw only train's")
    parser.add_argument("--side", type=common.positive, default=SIDE, help="width and height in pixels")
    return parser


def run(args: argparse.Namespace) -> int:
    """Draw what is not there yet."""
    folder = args.root / "GT"
    shown = {}
    for scene in scenes(args.use, args.count, args.side):
        shown[scene.name] = asdict(scene.shown) | {"text": scene.text}
        if not (folder / f"{scene.name}.png").is_file():
            save_png(folder / f"{scene.name}.png", scene.image)
    write_json(args.root / "scenes.json", shown)
    print(f"{folder}: {len(shown)} scenes; {args.root / 'scenes.json'} says what they show")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
