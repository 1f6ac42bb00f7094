"""The codecs on the 24 Kodak pictures against published tables: RGB PSNR, bits a pixel, BD-rate.

    python -m benchmarks.codecs --kodak FOLDER [--codecs vvc hevc ...] [--workers 1]
    python -m benchmarks.codecs --diffusion     # bits of DiffC and CDC instead, by tiny models (codec_bits.py)

benchmarks/kodak.csv holds the tables: averages over the 24 pictures of PSNR and bits a pixel, from CompressAI
(https://github.com/InterDigitalInc/CompressAI, results/image/kodak, Apache-2.0). Ours are averaged likewise. Without
the pictures the script says so and ends.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import codec_bits
from cmc.codecs import parameter_sets
from cmc.compare.bd_rate import bd_rate
from cmc.compare.curves import Curve, Point
from cmc.core.images import load_rgb
from cmc.core.tables import number, read_csv
from cmc.registry import CODECS

TABLES = Path(__file__).with_name("kodak.csv")
PICTURES = 24


@dataclass(frozen=True)
class Setting:
    """The published codec that ours is held against, and ours' settings, coarsest first."""

    published: str
    qps: tuple[int, ...]


SETTINGS = {
    "vvc": Setting("VTM", (47, 42, 37, 32, 27, 22)),
    "hevc": Setting("HM", (47, 42, 37, 32, 27, 22)),
    "av1": Setting("AV1", (60, 45, 30, 15)),
    "webp": Setting("WebP", (5, 20, 50, 80)),
    "jpeg": Setting("JPEG", (10, 20, 40, 60, 80)),
}


@dataclass(frozen=True)
class Cost:
    """One picture at one setting: bits a pixel as counted, and with parameter sets in full; RGB PSNR in dB."""

    bpp: float
    whole_bpp: float
    psnr: float


def published() -> dict[str, Curve]:
    """The tables as curves, by codec."""
    points: dict[str, list[Point]] = {}
    for row in read_csv(TABLES, ("codec", "bpp", "psnr")):
        rate, psnr = np.array([number(row, "bpp")]), np.array([number(row, "psnr")])
        points.setdefault(row["codec"], []).append(Point(row["codec"], "", rate, {"psnr": psnr}))
    return {codec: Curve(codec, rows) for codec, rows in points.items()}


def measure(name: str, qp: int, image: Image.Image) -> Cost:
    """A picture there and back."""
    coded = CODECS.get(name).create(qp=qp).code(image)
    whole = coded.stream
    if name in parameter_sets.BODIES:
        whole = parameter_sets.restore(name, whole)
    error = np.asarray(coded.picture, dtype=np.float64) - np.asarray(image)
    bits = np.array([len(coded.stream), len(whole)]) * 8 / (image.width * image.height)
    return Cost(float(bits[0]), float(bits[1]), float(10 * np.log10(255**2 / np.square(error).mean())))


def curves(name: str, costs: Sequence[Sequence[Cost]]) -> tuple[Curve, Curve]:
    """Ours by the bits that are counted, and by those of whole streams; costs: settings x pictures."""
    counted, whole = [], []
    for row in costs:
        psnr = {"psnr": np.array([cost.psnr for cost in row])}
        counted.append(Point(name, "", np.array([cost.bpp for cost in row]), psnr))
        whole.append(Point(name, "", np.array([cost.whole_bpp for cost in row]), psnr))
    return Curve(name, counted), Curve(name, whole)


def line(name: str, setting: Setting, images: Sequence[Image.Image], workers: int) -> str:
    """A codec's row of the table."""
    with ThreadPoolExecutor(workers) as pool:
        costs = [list(pool.map(lambda image, qp=qp: measure(name, qp, image), images)) for qp in setting.qps]
    anchor = published()[setting.published]
    counted, whole = curves(name, costs)
    # The published curves reach to 46 dB, farther than any picture here is asked for: no share of overlap is demanded.
    rates = [f"{bd_rate(anchor, curve, 'psnr', higher=True, min_overlap=0):+.1f} %" for curve in (counted, whole)]
    qps = " ".join(str(qp) for qp in setting.qps)
    bpps = " ".join(f"{rate:.4f}" for rate in counted.rates())
    psnrs = " ".join(f"{psnr:.2f}" for psnr in counted.scores("psnr"))
    return f"| {name} / {setting.published} | {qps} | {bpps} | {psnrs} | {rates[0]} | {rates[1]} |"


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kodak", type=Path, help="folder of the 24 pictures")
    what.add_argument("--diffusion", action="store_true", help="real bits of DiffC and CDC against estimates")
    parser.add_argument("--codecs", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    if args.diffusion:
        print("## DiffC's and CDC's bits (`python -m benchmarks.codecs --diffusion`)\n")
        for row in codec_bits.section():
            print(row, flush=True)
        return
    images = [load_rgb(path) for path in sorted(args.kodak.glob("*.png"))]
    if len(images) != PICTURES:
        print(f"skipped: expected {PICTURES} pictures in {args.kodak}, found {len(images)}")
        return
    print("## Codecs on Kodak (`python -m benchmarks.codecs --kodak FOLDER`)\n")
    print("| ours / published | quality | bpp | PSNR (dB) | BD-rate | with parameter sets in full |")
    print("|---|---|---|---|---|---|")
    for name in args.codecs:
        print(line(name, SETTINGS[name], images, args.workers), flush=True)


if __name__ == "__main__":
    main()
