"""`cmc reference`: Ref/pixel and Ref/image from GT."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from cmc.cli import arguments, common, freshness
from cmc.codecs.grid_geometry import BENCHMARK, BLOCK, BY_SIZE, LEVELS, MISC, MISC_LEVELS, PixelGrid
from cmc.core.errors import CMCError
from cmc.core.failed_csv import write_failures
from cmc.core.ground_truth import chosen_images
from cmc.core.lock import one_writer
from cmc.registry import CODECS
from cmc.stages.code_images import CodedImage
from cmc.stages.make_references import QP, codec_kind, pixel_kind
from cmc.stages.stream_sizes import FILE


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("reference", "Make the references that the decoders start from.")
    arguments.add_path(parser, "--ground_truth", "folder of images (default: GT)")
    arguments.add_path(parser, "--ref_dir", "folder to fill (default: Ref)")
    parser.add_argument("--kind", choices=("image", "pixel", "all"), default="all", help="which references")
    parser.add_argument("--codec", default="vvc", help="codec of Ref/image, see cmc codecs")
    parser.add_argument(
        "--qp", type=int, default=QP, help=f"quality of the codec, by its own scale; VVC {QP} is the benchmark's"
    )
    parser.add_argument("--model_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    parser.add_argument(
        "--block",
        type=_block,
        default=BLOCK,
        help=f"side of a block of Ref/pixel in pixels, or {BY_SIZE}: MISC's, by the picture's size",
    )
    parser.add_argument(
        "--levels",
        type=int,
        choices=[1 << bits for bits in range(1, 9)],
        help=f"levels of a channel of Ref/pixel (default: {LEVELS}; of {BY_SIZE}, {MISC_LEVELS}, cut down)",
    )
    arguments.add_workers(parser, "images coded at once")
    arguments.add_choice(parser)
    arguments.add_options(parser, CODECS)
    arguments.add_plugin(parser)
    parser.add_argument("--overwrite", action="store_true", help="make every reference anew, whatever is there")
    return parser


def run(args: argparse.Namespace) -> int:
    """Make each kind that was asked for."""
    space = common.workspace(args)
    images = chosen_images(args.ground_truth or space.gt, arguments.choice(args))
    options = arguments.given_options(args, CODECS)
    image = codec_kind(CODECS.get(args.codec), args.qp, args.model_dir, **options)
    kinds = {"pixel": pixel_kind(_grid(args)), "image": image}
    digests, codes = freshness.digests(space, images.values()), []
    for name in kinds if args.kind == "all" else [args.kind]:
        folder = (args.ref_dir or space.ref) / name
        with one_writer(folder, "use another --ref_dir"):
            kinds[name].claim(folder, args.overwrite)
            references = kinds[name].make(images, folder, digests, args.workers, args.overwrite)
            codes.append(_report(folder, list(common.progress(references, len(images), f"Ref/{name}"))))
    return max(codes)


def _block(text: str) -> int | None:
    return None if text == BY_SIZE else arguments.positive(text)


def _grid(args: argparse.Namespace) -> PixelGrid:
    start = MISC if args.block is None else PixelGrid(args.block)
    grid = start if args.levels is None else replace(start, levels=args.levels)
    if grid != BENCHMARK and args.kind == "image":
        raise CMCError("--block and --levels are of Ref/pixel, which --kind image does not make; leave them out")
    return grid


def _report(folder: Path, references: Sequence[CodedImage]) -> int:
    rates = [reference.row.bpp for reference in references if reference.row]
    failed = {reference.name: reference.error for reference in references if reference.error}
    freshness.say_stale("references", (image.stale for image in references if image.stale), len(references))
    if rates:
        print(f"{folder}: {len(rates)} of {len(references)} references, {fmean(rates):.4f} bpp on average", end=" ")
        print(f"(each in {FILE})")
    write_failures(folder / "failed.csv", failed)
    if failed:
        common.print_failures(failed, "failed.csv")
    return common.INCOMPLETE if failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
