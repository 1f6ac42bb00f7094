"""`python -m cmc reference`: Ref/pixel and Ref/image from GT."""

import argparse
import io
import os
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import common
from cmc.codecs.base import Codec, check_qp
from cmc.codecs.pixelgrid import SUFFIX
from cmc.core.bits import bpp
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.run_file import open_run
from cmc.core.workspace import list_images
from cmc.registry import CODECS
from cmc.stages.make_references import QP, Coder, Reference, codec_coder, make_references, pixel_coder

LEDGER = "streams.csv"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.parser("python -m cmc reference", "Make the references that the decoders start from.")
    made.add_argument("--ground_truth", type=Path, help="folder of images (default: GT)")
    made.add_argument("--ref_dir", type=Path, help="folder to fill (default: Ref)")
    made.add_argument("--kind", choices=("image", "pixel", "all"), default="all", help="which references")
    made.add_argument("--codec", default="vvc", help="codec of Ref/image")
    made.add_argument(
        "--qp", type=int, default=QP, help=f"quality of the codec, by its own scale; VVC {QP} is the benchmark's"
    )
    made.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="images coded at once")
    made.add_argument("--overwrite", action="store_true", help="replace references made otherwise")
    return made


def run(args: argparse.Namespace) -> int:
    """Make each kind that was asked for."""
    space = common.workspace(args)
    images = dict(list(list_images(args.ground_truth or space.gt).items())[: args.limit])
    entry = CODECS.get(args.codec)
    codec: Codec = entry.create(qp=check_qp(entry, args.qp))
    kinds: dict[str, tuple[str, dict[str, object], Coder]] = {
        "pixel": (SUFFIX, {"block": 64, "bits": 4}, pixel_coder),
        "image": (entry.facts["suffix"], {"codec": args.codec, "qp": args.qp}, codec_coder(codec)),
    }
    codes = []
    for kind in kinds if args.kind == "all" else [args.kind]:
        suffix, settings, coder = kinds[kind]
        folder = (args.ref_dir or space.ref) / kind
        _claim(folder, settings, args.overwrite)
        made = make_references(images, folder, suffix, coder, args.workers)
        codes.append(_report(folder, list(common.progress(made, len(images), f"Ref/{kind}"))))
    return max(codes)


def _claim(folder: Path, settings: dict[str, object], overwrite: bool) -> None:
    """Refuse to mix references of another make, the released ones among them, with these."""
    run_file = folder / "run.json"
    foreign = folder.is_dir() and not run_file.is_file() and any(folder.glob("*.png"))
    if foreign and not overwrite:
        raise CMCError(f"{folder} holds references that were not made here; keep them, or replace with --overwrite")
    if open_run(run_file, settings, overwrite=overwrite, remedy="or another --ref_dir") or foreign:
        for path in folder.glob("*.png"):
            path.unlink()


def _report(folder: Path, made: list[Reference]) -> int:
    good = [reference for reference in made if not reference.error]
    rows = io.StringIO()
    rows.write("name,width,height,bytes,bpp\n")
    for one in good:
        rows.write(f"{one.name},{one.size[0]},{one.size[1]},{one.bytes},{bpp(one.bytes, one.size):.6f}\n")
    write_atomic(folder / LEDGER, rows.getvalue().encode())
    if good:
        mean = sum(bpp(one.bytes, one.size) for one in good) / len(good)
        print(f"{folder}: {len(good)} of {len(made)} references, {mean:.4f} bpp on average (each in {LEDGER})")
    for one in [one for one in made if one.error][:5]:
        print(f"  failed {one.name}: {one.error}")
    return common.OK if len(good) == len(made) else common.INCOMPLETE


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
