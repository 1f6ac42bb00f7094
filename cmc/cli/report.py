"""`cmc report`: one HTML file to look at, and the figures of a paper."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.captions import read_captions
from cmc.core.files import write_atomic
from cmc.core.workspace import Workspace
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.load_targets import Collection, load_collection
from cmc.report.gallery import find_pictures, gallery
from cmc.report.page import render
from cmc.report.plots import figures
from cmc.report.style import FORMATS, save
from cmc.scores.provenance import caption_files, captions_read


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = common.parser("report", "Write the leaderboard, figures and all pictures into one HTML file.")
    common.add_targets(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.html", help="the page (default: report.html under --root)")
    parser.add_argument(
        "--thumbnail", type=common.positive, default=192, metavar="PIXELS", help="longest side of the small pictures"
    )
    parser.add_argument("--plots", type=Path, metavar="DIR", help=f"write the figures as {', '.join(FORMATS)} too")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the page, and the figures where they were asked for."""
    space = common.workspace(args)
    collection = load_collection(space, args.target, args.target_path, args.model_weight, args.allow_partial)
    drawn = figures(collection.files, collection.rows, BOARDS)
    if args.plots:
        for name, figure in drawn.items():
            save(figure, args.plots, name)
    out = args.out or space.root / "report.html"
    files = list(collection.files.values())
    total = len({name for file in files for name in file.names})
    paths = find_pictures(space, args.target_path or space.result, files)
    entries = gallery(files, paths, _captions(space, collection), out.parent, args.thumbnail)
    shown = common.progress(entries, total, "thumbnails")
    page = render(collection, drawn, shown, caption_files(space.text), args.thumbnail).encode("utf-8")
    write_atomic(out, page)
    print(f"{out}: {len(files)} result(s), {total:,} image(s), {len(page) / 1e6:.1f} MB; open it in a browser")
    if args.plots:
        print(f"{args.plots}: {len(drawn)} figures, each as {', '.join(FORMATS)}")
    return common.OK


def _captions(space: Workspace, collection: Collection) -> dict[str, dict[str, str]]:
    """By target, the captions that its pictures were made from, where that file is still in Text."""
    files = caption_files(space.text)
    sources = {name: captions_read(runs) & files.keys() for name, runs in collection.runs.items()}
    return {name: read_captions(files[min(digests)]) for name, digests in sources.items() if digests}


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
