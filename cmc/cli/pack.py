"""`cmc pack`: one `.cmc` stream an image and mode."""

import argparse
from collections.abc import Sequence
from statistics import fmean

from cmc.cli import arguments, common, freshness
from cmc.core.bits import bits, bpp
from cmc.core.lock import one_writer
from cmc.core.modes import MODES
from cmc.registry import CODECS
from cmc.stages.decode_jobs import caption_file, load_captions
from cmc.stages.job_origins import Sources
from cmc.stages.pack_streams import PackedImage, complete_keys, images_to_pack, pack_images, without_stale
from cmc.stream.from_folders import Folders


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("pack", "Write what the decoder needs of each image as a .cmc stream.")
    parser.add_argument("--mode", choices=(*MODES, "all"), default="all", help="what the decoder is to get")
    arguments.add_optional(parser, "--input_path", "caption CSV, as for script-t2i.py")
    arguments.add_path(parser, "--ground_truth", "the images, or one of them, for name and size (default: GT)")
    arguments.add_path(parser, "--ref_dir", "folder with image/ and pixel/ (default: Ref)")
    arguments.add_path(parser, "--output_path", "folder to fill with <mode>/<name>.cmc (default: Stream)")
    parser.add_argument("--codec", default="vvc", help="codec of Ref/image")
    arguments.add_workers(parser, "images packed at once")
    arguments.add_choice(parser)
    arguments.add_partial(parser, "go on without images that lack a caption or a reference, or cannot be read")
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Pack every mode that was asked for, image by image."""
    space = common.workspace(args)
    modes = [mode for mode in MODES.values() if args.mode in (mode.name, "all")]
    images = images_to_pack(args.ground_truth or space.gt, arguments.choice(args), args.allow_partial)
    captioned = any(mode.captioned for mode in modes)
    captions = load_captions(caption_file(space, args.input_path)) if captioned else None
    entry, texts = CODECS.get(args.codec), captions.prompts if captions else {}
    folders = Folders(texts, args.ref_dir or space.ref, args.codec, entry.create(), entry.facts.suffix)
    sources = Sources(images.files, captions, freshness.digests(space, images.files.values()))
    keys = complete_keys(modes, images, folders, args.allow_partial)
    keys = without_stale(keys, modes, folders, sources, args.allow_partial)
    target = args.output_path or space.stream
    with one_writer(target, "use another --output_path"):
        packing = pack_images(keys, images, modes, folders, target, args.workers)
        packed = list(common.progress(packing, len(keys), "pack"))
    for mode in modes:
        print(f"{target / mode.name}: {_average(packed, mode.name)}")
    left_out = len(images.unreadable) + len(images.sizes) - len(keys)
    return common.INCOMPLETE if left_out else common.OK


def _average(packed: Sequence[PackedImage], mode: str) -> str:
    lengths = [image.sizes_in_bytes[mode] for image in packed]
    rate = fmean(bpp(image.sizes_in_bytes[mode], image.size) for image in packed)
    return f"{len(packed)} streams, on average {bits(1) * fmean(lengths):,.0f} bits, {rate:.5f} bpp"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
