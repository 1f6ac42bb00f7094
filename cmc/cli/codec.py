"""`cmc codec`: codec baselines beside the generative decoders."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from cmc.cli import arguments, common, freshness
from cmc.codecs.base import check_qp
from cmc.core.bits import bits
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError, some
from cmc.core.failed_csv import write_failures
from cmc.core.ground_truth import chosen_images
from cmc.core.lock import one_writer
from cmc.core.run_file import note
from cmc.core.workspace import Workspace, checked_name
from cmc.registry import CODECS
from cmc.stages.code_images import CodedImage
from cmc.stages.codec_captions import CodecCaptions
from cmc.stages.decode_jobs import caption_file
from cmc.stages.run_codec import STREAMS, CodecBaseline, Quality
from cmc.stages.stream_sizes import FILE


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("codec", "Fill Result/<codec>-qp<N>/image with a codec's pictures, to be scored.")
    parser.add_argument("--codec", default="vvc", help=f"{', '.join(CODECS.names())}")
    quality = parser.add_mutually_exclusive_group(required=True)
    quality.add_argument("--qp", type=_numbers, help="qualities by the codec's own scale, as 53,51,48,45")
    quality.add_argument("--bpp", type=float, help="bits per pixel not to exceed; the quality is searched by image")
    parser.add_argument("--model_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    parser.add_argument("--captions", default="", help="captions that the codec reads too: a CSV or an encoder's name")
    arguments.add_path(parser, "--ground_truth", "folder of images (default: GT)")
    arguments.add_path(parser, "--output_path", "folder of results (default: Result)")
    parser.add_argument("--result_name", help="start of the results' names (default: the codec's)")
    arguments.add_workers(parser, "images coded at once")
    arguments.add_choice(parser)
    arguments.add_options(parser, CODECS)
    arguments.add_plugin(parser)
    parser.add_argument("--overwrite", action="store_true", help="make every picture anew, whatever is there")
    return parser


def _numbers(text: str) -> list[int]:
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected whole numbers as 53,51,48, found {text!r}") from error


def run(args: argparse.Namespace) -> int:
    """One result a quality."""
    space = common.workspace(args)
    if args.bpp is not None and args.bpp <= 0:
        raise CMCError(f"--bpp {args.bpp}: expected a number over 0, as 0.024 for ULB")
    entry = CODECS.get(args.codec)
    options = arguments.given_options(args, CODECS)
    entry.check_options(options)
    if args.captions and not entry.facts.takes_caption:
        readers = ", ".join(other.name for other in CODECS.entries() if other.facts.takes_caption)
        raise CMCError(f"--captions: {entry.name} reads none, {readers} does; leave it out")
    qualities = [Quality(bpp=args.bpp)] if args.qp is None else [Quality(check_qp(entry, qp)) for qp in args.qp]
    # A missing package or checkpoint is said before any work.
    for qp in args.qp or [entry.facts.qp[0]]:
        CodecBaseline(entry, args.model_dir, options).create(qp)
    images = chosen_images(args.ground_truth or space.gt, arguments.choice(args))
    root, codes = args.output_path or space.result, []
    digests = freshness.digests(space, images.values())
    captions = _captions(args, images, space, digests)
    baseline = CodecBaseline(entry, args.model_dir, options, captions)
    for quality in qualities:
        folder = root / checked_name(f"{args.result_name or args.codec}-{quality.name}") / baseline.mode
        with one_writer(folder, "use another --result_name"):
            baseline.claim(folder, quality, args.overwrite)
            coded = baseline.run(images, folder, quality, digests, args.workers, args.overwrite)
            pictures = list(common.progress(coded, len(images), folder.parent.name))
            codes.append(_report(folder, pictures, baseline, quality))
    return max(codes)


def _captions(
    args: argparse.Namespace, images: Mapping[str, Path], space: Workspace, digests: FileDigests
) -> CodecCaptions | None:
    if not args.captions:
        return None
    path = caption_file(space, args.captions)
    print(f"captions: {path}")
    return CodecCaptions.read(path, images, space, digests)


def _report(folder: Path, images: Sequence[CodedImage], baseline: CodecBaseline, quality: Quality) -> int:
    rows = [image.row for image in images if image.row]
    failed = {image.name: image.error for image in images if image.error}
    above = [row.name for row in rows if baseline.exceeds(row, quality)]
    write_failures(folder / "failed.csv", failed)
    note(folder / "run.json", outcome={"images": len(images), "failed": len(failed), "above": above})
    freshness.say_stale("pictures", (image.stale for image in images if image.stale), len(images))
    if rows:
        mean, caption = fmean(map(baseline.rate, rows)), " and caption" if baseline.captions else ""
        seconds = (fmean(row.encode_s for row in rows), fmean(row.decode_s for row in rows))
        about = f"{mean:.5f} bpp with {bits(baseline.header)} bits of header{caption}"
        print(f"{folder}: {len(rows)} of {len(images)} pictures, {about}, encoded in")
        print(f"  {seconds[0]:.2f} s and decoded in {seconds[1]:.2f} s each on average (each in {STREAMS}/{FILE})")
    if above:
        print(f"  {len(above)} exceed {quality.bpp:g} bpp even at the coarsest setting: {some(above)}")
    if failed:
        common.print_failures(failed, "failed.csv")
    return common.INCOMPLETE if failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
