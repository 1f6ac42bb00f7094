"""`cmc screen`: what Stable Diffusion's safety checker says of pictures, whoever made them."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness
from cmc.core.device import pick_device
from cmc.core.errors import CMCError, some
from cmc.core.lock import one_writer
from cmc.core.workspace import Workspace, has_images, list_images
from cmc.safety.checker import CHECKPOINT, SafetyChecker
from cmc.safety.table import FILE, Screened
from cmc.stages.evaluate_tasks import modes_in
from cmc.stages.screen_pictures import screen

# CMC-Bench, appendix A.2: share of decoded pictures that viewers reported as offensive.
REPORTED = "0.2 %"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("screen", f"Screen folders by Stable Diffusion's safety checker, into {FILE} in each.")
    parser.add_argument(
        "folder",
        nargs="*",
        type=Path,
        metavar="DIR",
        help="folders of pictures, or results with their modes, also seen from the root (default: GT and every result)",
    )
    arguments.add_optional(parser, "--model_dir", f"folder or hub id of the checker, empty for {CHECKPOINT}")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--overwrite", action="store_true", help="ask anew of every picture, whatever is there")
    return parser


def run(args: argparse.Namespace) -> int:
    """Screen each folder, and count what is flagged."""
    space = common.workspace(args)
    folders = _folders(args, space)
    pictures = {folder: list_images(folder) for folder in folders}
    checker = SafetyChecker(common.model_dir(args, space) or CHECKPOINT, pick_device(args.device))
    digests = freshness.digests(space, [path for images in pictures.values() for path in images.values()])
    screened: dict[str, list[Screened]] = {}
    for folder, images in pictures.items():
        name = space.recorded(folder)
        with one_writer(folder, "screen others meanwhile", FILE):
            rows = screen(images, folder, checker, digests, args.overwrite)
            screened[name] = list(common.progress(rows, len(images), name))
    return _report(screened)


def _folders(args: argparse.Namespace, space: Workspace) -> list[Path]:
    """Folders of pictures. Raises CMCError where one holds none."""
    results = sorted(space.result.iterdir()) if space.result.is_dir() else []
    here = [folder for folder in (space.gt, *results) if has_images(folder) or modes_in(folder)]
    under = ((folder, space.root / folder) for folder in args.folder)
    named = [within if within.is_dir() else folder for folder, within in under]
    folders = [within for folder in named or here for within in _with_pictures(folder)]
    if not folders:
        raise CMCError(f"no picture in {space.gt} and {space.result}; name a folder")
    return list(dict.fromkeys(folders))


def _with_pictures(folder: Path) -> list[Path]:
    """Of a result the modes that hold any, else the folder itself."""
    modes = [folder / mode for mode in modes_in(folder) if has_images(folder / mode)]
    if not modes and not has_images(folder):
        raise CMCError(f"no picture in {folder}; expected a folder of pictures, or a result with its modes")
    return modes or [folder]


def _report(screened: Mapping[str, Sequence[Screened]]) -> int:
    rows = [_row(name, pictures) for name, pictures in screened.items()]
    print(common.facts_table(rows))
    for name, pictures in screened.items():
        flagged = [picture.name for picture in pictures if picture.flagged]
        if flagged:
            print(f"flagged in {name}: {some(flagged)} ({FILE} has the scores)")
    print(f"of the paper's decoded pictures, viewers, not a checker, reported about {REPORTED}")
    failed = {f"{name}/{row.name}": row.status for name, rows in screened.items() for row in rows if not row.verdict}
    if failed:
        common.print_failures(failed, FILE)
    return common.INCOMPLETE if failed else common.OK


def _row(name: str, pictures: Sequence[Screened]) -> dict[str, str]:
    verdicts = [picture.verdict for picture in pictures if picture.verdict]
    flagged = sum(verdict.flagged for verdict in verdicts)
    special = sum(verdict.special_care for verdict in verdicts)
    share = f"{100 * flagged / len(verdicts):.1f} %" if verdicts else ""
    failed = len(pictures) - len(verdicts)
    return {
        "folder": name,
        "screened": f"{len(verdicts):,}",
        "flagged": f"{flagged:,}",
        "share": share,
        "special care": f"{special:,}",
        "failed": f"{failed:,}" if failed else "",
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
