"""`cmc pack`: one `.cmc` stream an image and mode."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from cmc.cli import arguments, common, freshness
from cmc.core.bits import bits, bpp
from cmc.core.errors import CMCError
from cmc.core.failed_csv import write_failures
from cmc.core.items import MOST_ITEMS, SentText, sent_of
from cmc.core.lock import one_writer
from cmc.core.modes import MODES, Mode
from cmc.core.run_file import note, read_run
from cmc.core.workspace import Workspace
from cmc.registry import CODECS
from cmc.stages.decode_jobs import Captions, caption_file, load_captions
from cmc.stages.job_origins import Sources
from cmc.stages.pack_streams import images_to_pack, packable
from cmc.stages.packing import PackedImage, Packing, pack_images
from cmc.stages.reference_codec import reference_codec
from cmc.stages.trim_texts import LIMIT, TextLimit, any_may_be_over, cut_texts
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
    parser.add_argument("--model_dir", default="", help="checkpoint of a learned codec (default: the references')")
    parser.add_argument(
        "--items",
        type=int,
        choices=range(MOST_ITEMS + 1),
        default=0,
        help="send the details and maps of so many items of structured captions, in full and pixel mode",
    )
    parser.add_argument("--trim", action="store_true", help=f"leave out what of a text is past CLIP's {LIMIT} tokens")
    arguments.add_path(parser, "--tokenizer", "folder of CLIP's tokenizer (default: Weight/tokenizer, or the hub's)")
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
    folders = _folders(args, modes, args.ref_dir or space.ref, captions)
    sources = Sources(images.files, captions, freshness.digests(space, images.files.values()))
    keys, failed = packable(modes, images, folders, sources, args.allow_partial)
    target = args.output_path or space.stream
    cut, remark = _cut(args, space, {key: folders.sent[key] for key in keys if key in folders.sent})
    with one_writer(target, "use another --output_path"):
        packing = Packing(modes, folders, target, cut, args.trim)
        packed = []
        for image in common.progress(pack_images(keys, images, packing, args.workers), len(keys), "pack"):
            if image.error and not args.allow_partial:
                raise CMCError(f"{image.key}: {image.error} (or go on without it with --allow_partial)")
            packed.append(image)
        failed |= {image.key: image.error for image in packed if image.error}
        packing.remove(failed)
        write_failures(target / "failed.csv", failed)
        packed = [image for image in packed if not image.error]
        remark = remark or _over(packed, args.trim)
        note(target / "run.json", outcome={"streams": len(packed), "failed": len(failed), "texts": remark})
    for mode in modes:
        print(f"{target / mode.name}: {_average(packed, mode.name)}")
    if remark:
        print(remark)
    if failed:
        common.print_failures(failed, "failed.csv")
    return common.INCOMPLETE if failed else common.OK


def _folders(args: argparse.Namespace, modes: Sequence[Mode], ref: Path, captions: Captions | None) -> Folders:
    entry, texts = CODECS.get(args.codec), captions.texts if captions else {}
    codec = reference_codec(entry, read_run(ref / "image" / "run.json"), args.model_dir)
    items = args.items if any(mode.itemised for mode in modes) else 0
    sent = {key: sent_of(text, items) for key, text in texts.items()}
    return Folders(sent, ref, args.codec, codec, entry.facts.suffix)


def _cut(args: argparse.Namespace, space: Workspace, texts: Mapping[str, SentText]) -> tuple[dict[str, SentText], str]:
    """As `cut_texts`; or none, and why that is, without a tokenizer. Raises CMCError where --trim needs one."""
    if not any_may_be_over(texts.values()):
        return {}, ""
    try:
        return cut_texts(texts, TextLimit.load(args.tokenizer, space.weight)), ""
    except CMCError as error:
        if args.trim:
            raise CMCError(f"--trim needs CLIP's tokenizer: {error}") from error
        return {}, f"not looked for texts past CLIP's {LIMIT} tokens, for want of its tokenizer: {error}"


def _over(packed: Sequence[PackedImage], trim: bool) -> str:
    """How many texts go further than is read, and what that costs; "" for none."""
    over, saved = sum(image.over for image in packed), bits(sum(image.saved for image in packed))
    if not over:
        return ""
    if trim:
        return f"{over} texts were cut after CLIP's {LIMIT} tokens, which saved {saved:,} bits"
    return f"warning: {over} texts go past the {LIMIT} tokens that CLIP reads; --trim would save {saved:,} bits"


def _average(packed: Sequence[PackedImage], mode: str) -> str:
    if not packed:
        return "no stream"
    lengths = [image.sizes_in_bytes[mode] for image in packed]
    rate = fmean(bpp(image.sizes_in_bytes[mode], image.size) for image in packed)
    return f"{len(packed)} streams, on average {bits(1) * fmean(lengths):,.0f} bits, {rate:.5f} bpp"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
