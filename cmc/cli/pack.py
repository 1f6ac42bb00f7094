"""`python -m cmc pack`: one `.cmc` stream an image and mode."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.bits import bits, bpp
from cmc.core.captions import read_captions
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.modes import MODES, Mode
from cmc.core.prefetch import prefetched
from cmc.core.workspace import check_pairs, key_of, list_images
from cmc.registry import CODECS
from cmc.stages.decode_jobs import Images, caption_file, measure
from cmc.stream.container import pack
from cmc.stream.from_folders import Folders, gather
from cmc.stream.to_folders import SUFFIX


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.parser("python -m cmc pack", "Write what the decoder needs of each image as a .cmc stream.")
    made.add_argument("--mode", choices=(*MODES, "all"), default="all", help="what the decoder is to get")
    common.optional(made, "--input_path", "caption CSV, as for script-t2i.py")
    made.add_argument("--ground_truth", type=Path, help="the images, or one of them, for name and size (default: GT)")
    made.add_argument("--ref_dir", type=Path, help="folder with image/ and pixel/ (default: Ref)")
    made.add_argument("--output_path", type=Path, help="folder to fill with <mode>/<name>.cmc (default: Stream)")
    made.add_argument("--codec", default="vvc", help="codec of Ref/image")
    made.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="images packed at once")
    return made


def run(args: argparse.Namespace) -> int:
    """Pack every mode that was asked for, image by image."""
    space = common.workspace(args)
    modes = [mode for mode in MODES.values() if args.mode in (mode.name, "all")]
    images = _images(args, args.ground_truth or space.gt)
    captioned = any(mode.captioned for mode in modes)
    captions = read_captions(caption_file(space.text, args.input_path)) if captioned else {}
    entry = CODECS.get(args.codec)
    ref = args.ref_dir or space.ref
    folders = Folders(captions, ref, args.codec, entry.create(), entry.facts["suffix"])
    keys = _paired(modes, images, folders, args.allow_partial)
    rates: dict[str, list[tuple[int, float]]] = {mode.name: [] for mode in modes}

    def one(key: str) -> list[bytes]:
        return [pack(stream) for stream in gather(key, images.sizes[key], modes, folders)]

    target = args.output_path or space.stream
    for key, packed in common.progress(prefetched(one, keys, args.workers, 2 * args.workers), len(keys), "pack"):
        for mode, data in zip(modes, packed, strict=True):
            write_atomic(target / mode.name / f"{key}{SUFFIX}", data)
            rates[mode.name].append((len(data), bpp(len(data), images.sizes[key])))
    for name, found in rates.items():
        size, rate = (sum(column) / len(found) for column in zip(*found, strict=True))
        print(f"{target / name}: {len(found)} streams, on average {bits(1) * size:,.0f} bits, {rate:.5f} bpp")
    left_out = len(images.unreadable) + len(images.sizes) - len(keys)
    return common.INCOMPLETE if left_out else common.OK


def _images(args: argparse.Namespace, source: Path) -> Images:
    if not source.is_file():
        return measure(list_images(source), args.limit, args.allow_partial)
    others = frozenset(list_images(source.parent)) - {key_of(source.name)}
    one = measure({key_of(source.name): source}, None, partial=False)
    return Images(one.sizes, others)


def _paired(modes: Sequence[Mode], images: Images, folders: Folders, partial: bool) -> list[str]:
    """Keys that have all that the modes need. Raises CMCError, naming what lacks, unless `partial`."""
    keys = list(images.sizes)
    partners: dict[str, set[str]] = {}
    if any(mode.captioned for mode in modes):
        partners["caption"] = set(folders.captions)
    for kind in sorted({mode.reference for mode in modes if mode.reference}):
        partners[f"reference in {folders.ref / kind}"] = set(list_images(folders.ref / kind))
    for what, found in partners.items():
        keys = check_pairs(what, keys, found - images.beyond - images.unreadable.keys(), partial)
    if not keys:
        raise CMCError("no image has a caption and references; see python -m cmc reference and script-i2t.py")
    return keys


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
