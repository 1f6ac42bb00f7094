"""`python -m cmc codec`: codecs as rivals of the generative decoders."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from cmc.cli import common
from cmc.codecs.base import check_qp
from cmc.core.errors import CMCError, some
from cmc.core.failed_csv import write_failures
from cmc.core.run_file import note, open_run
from cmc.core.workspace import checked_name, list_images
from cmc.registry import CODECS, Entry
from cmc.stages.run_codec import STREAMS, Quality, Rival, code_images

# A codec is a rival where the decoder gets a picture and no words.
MODE = "image"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.parser(
        "python -m cmc codec", "Fill Result/<codec>-qp<N>/image with a codec's pictures, to be scored."
    )
    made.add_argument("--codec", default="vvc", help=f"{', '.join(CODECS.names())}, or one of a --plugin")
    quality = made.add_mutually_exclusive_group(required=True)
    quality.add_argument("--qp", type=_numbers, help="qualities by the codec's own scale, as 53,51,48,45")
    quality.add_argument("--bpp", type=float, help="bits per pixel not to exceed; the quality is searched by image")
    made.add_argument("--model_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    made.add_argument("--ground_truth", type=Path, help="folder of images (default: GT)")
    made.add_argument("--output_path", type=Path, help="folder of results (default: Result)")
    made.add_argument("--result_name", help="start of the results' names (default: the codec's)")
    made.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="images coded at once")
    made.add_argument("--overwrite", action="store_true", help="replace results that were made with other settings")
    return made


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
    entry = _entry(args)
    qualities = [Quality(bpp=args.bpp)] if args.qp is None else [Quality(check_qp(entry, qp)) for qp in args.qp]
    images = dict(list(list_images(args.ground_truth or space.gt).items())[: args.limit])
    root, codes = args.output_path or space.result, []
    for quality in qualities:
        rate = f"bpp{quality.bpp:g}" if quality.qp is None else f"qp{quality.qp}"
        folder = root / checked_name(f"{args.result_name or args.codec}-{rate}") / MODE
        _claim(folder, _settings(args, entry, quality), args.overwrite)
        made = code_images(images, folder, entry, quality, args.workers)
        codes.append(_report(folder, list(common.progress(made, len(images), folder.parent.name)), quality))
    return max(codes)


def _entry(args: argparse.Namespace) -> Entry:
    """The codec, with its checkpoint bound; it is built once, so that a missing package is said before any work."""
    entry = CODECS.get(args.codec)
    entry.create(qp=entry.facts["qp"][0], checkpoint=args.model_dir)
    return Entry(entry.name, lambda qp: entry.create(qp=qp, checkpoint=args.model_dir), entry.needs, entry.facts)


def _settings(args: argparse.Namespace, entry: Entry, quality: Quality) -> dict[str, object]:
    facts = {key: entry.facts.get(key, "not stated") for key in ("suffix", "standard", "counted")}
    asked = {"qp": quality.qp, "bpp": quality.bpp, "checkpoint": args.model_dir or None}
    return {"model": args.codec, "codec": args.codec, "mode": MODE, **asked, **facts, "captions_sha256": None}


def _claim(folder: Path, settings: dict[str, object], overwrite: bool) -> None:
    if open_run(folder / "run.json", settings, overwrite=overwrite, remedy="or another --result_name"):
        for path in [*folder.glob("*.png"), *(folder / STREAMS).glob("*")]:
            path.unlink()


def _report(folder: Path, made: Sequence[Rival], quality: Quality) -> int:
    lines = [one.line for one in made if one.line]
    failed = {one.name: one.error for one in made if one.error}
    above = [one.name for one in made if one.above]
    write_failures(folder / "failed.csv", failed)
    note(folder / "run.json", outcome={"images": len(made), "failed": len(failed), "above": above})
    if lines:
        rate = fmean(line.bpp for line in lines)
        seconds = (fmean(line.encode_s for line in lines), fmean(line.decode_s for line in lines))
        print(f"{folder}: {len(lines)} of {len(made)} pictures, {rate:.5f} bpp, encoded in {seconds[0]:.2f} s and")
        print(f"  decoded in {seconds[1]:.2f} s each on average (every one in {STREAMS}/streams.csv)")
    if above:
        print(f"  {len(above)} exceed {quality.bpp:g} bpp even at the coarsest setting: {some(above)}")
    if failed:
        print(f"  {len(failed)} failed (failed.csv says why): {some((f'{k}: {v}' for k, v in failed.items()), 3)}")
    return common.INCOMPLETE if failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
