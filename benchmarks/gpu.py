"""How fast models of full size run on a GPU, by option, against the published script's plain loop in the same run.

    python -m benchmarks.gpu [--parts sdxl,flux] [--minutes 9] [--trace FILE] [--tiny]

Weights are random and made on the GPU, by the configurations of the released models: nothing is downloaded. The plain
loop is a pipeline of diffusers, a picture a call in fp16 (FLUX.1: bf16), its PNG read before and written after. Ours
generates in batches, while others are read and written. Half of the noise schedule is run (full mode), at 1024x1024.
A part whose time is over leaves out its last ways and says so. `first batch s` has what is compiled in it. The trace is
of a run of Stable Diffusion 1.5 in many small batches. With --tiny the same code runs in miniature, on a CPU too.
"""

import argparse
import platform
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks import gpu_configs
from benchmarks.gpu_measure import GB, Measured, table
from benchmarks.gpu_others import captioner_ways, diffbir_ways, temporary, topiq_ways
from benchmarks.gpu_ways import PLAIN, Scale, Ways, pipeline_ways, traced
from benchmarks.trace import READ, WRITE, save_trace, share_within
from cmc.core.facts import Value
from cmc.core.quiet import quiet_libraries

UNET_OPTIONS: dict[str, dict[str, Value]] = {
    "ours": {},
    "ours, compiled": {"compile": True},
    "ours, compiled, fp8": {"compile": True, "quantize": "fp8"},
}
FLUX_OPTIONS: dict[str, dict[str, Value]] = {
    **UNET_OPTIONS,
    "ours, first-block cache": {"cache": "first-block"},
    "ours, compiled, cuDNN attention": {"compile": True, "attention": "_native_cudnn"},
    "ours, nf4": {"quantize": "nf4"},
}
TINY_SCALE = Scale(64, 3, 1, 2, 4)
# What a CPU has of the options.
TINY_OPTIONS: dict[str, dict[str, Value]] = {
    "ours": {},
    "ours, nf4": {"quantize": "nf4"},
    "ours, tiles": {"tiling": True},
}


@dataclass(frozen=True)
class Part:
    """One model: its title, how much is made with it, and its ways in a folder, in order of interest."""

    title: str
    scale: Scale
    ways: Callable[[bool, Scale, torch.device, Path], Ways]


def _of_pipeline(
    name: str, options: Mapping[str, dict[str, Value]]
) -> Callable[[bool, Scale, torch.device, Path], Ways]:
    def ways(tiny: bool, scale: Scale, device: torch.device, folder: Path) -> Ways:
        sizes = (gpu_configs.TINY if tiny else gpu_configs.FULL)[name]
        return pipeline_ways(name, sizes, scale, device, folder, TINY_OPTIONS if tiny else options)

    return ways


def _of_diffbir(tiny: bool, scale: Scale, device: torch.device, folder: Path) -> Ways:
    sizes = (gpu_configs.TINY if tiny else gpu_configs.FULL)["diffbir"]
    return diffbir_ways(sizes, scale, device, folder, 1 if tiny else 23)


def _of_captioner(tiny: bool, scale: Scale, device: torch.device, folder: Path) -> Ways:
    return captioner_ways(gpu_configs.TINY_LLAVA if tiny else gpu_configs.LLAVA, scale, device, folder)


def _of_topiq(_: bool, scale: Scale, device: torch.device, folder: Path) -> Ways:
    return topiq_ways(scale, device, folder)


PARTS = {
    "sd15": Part("Stable Diffusion 1.5", Scale(1024, 16, 4, 8, 40), _of_pipeline("sd15", UNET_OPTIONS)),
    "sdxl": Part("Stable Diffusion XL", Scale(1024, 16, 4, 8, 40), _of_pipeline("sdxl", UNET_OPTIONS)),
    "flux": Part("FLUX.1 [dev]", Scale(1024, 4, 2, 4, 50), _of_pipeline("flux", FLUX_OPTIONS)),
    "diffbir": Part("DiffBIR v2", Scale(1024, 4, 1, 4, 50), _of_diffbir),
    "captioner": Part("LLaVA-1.5 7B, 72 tokens", Scale(1024, 32, 4, 8, 40), _of_captioner),
    "topiq": Part("TOPIQ-FR and NR", Scale(1024, 16, 4, 4, 40), _of_topiq),
}


def run_part(part: Part, tiny: bool, device: torch.device, until: float) -> dict[str, Measured]:
    """Every way for which there is time; what failed is printed."""
    rows: dict[str, Measured] = {}
    with temporary() as folder:
        for name, way in part.ways(tiny, TINY_SCALE if tiny else part.scale, device, Path(folder)).items():
            if rows and time.monotonic() > until:
                print(f"out of time, left out: {name}")
                continue
            try:
                with redirect_stdout(sys.stderr):  # what libraries print
                    rows[name] = way()
            except Exception:  # each way fails in its own, and the others are still worth their time
                print(f"failed: {name}: {traceback.format_exc(limit=-3)}")
    return rows


def trace(path: Path, tiny: bool, device: torch.device) -> None:
    """Write what threads do in a run, and print the share of reading and writing within generating."""
    sizes = (gpu_configs.TINY if tiny else gpu_configs.FULL)["sd15"]
    with temporary() as folder:
        spans = traced("sd15", sizes, device, Path(folder), TINY_SCALE.side if tiny else 1024)
    save_trace(spans, path)
    shares = [f"{share_within(spans, name):.0%} of the time to {name}" for name in (READ, WRITE)]
    print(f"\nWithin generating lay {' and '.join(shares)} (24 pictures in twelve batches).")


def machine(device: torch.device) -> str:
    """The card, and what computes on it."""
    versions = f"torch {torch.__version__}"
    if device.type != "cuda":
        return f"{platform.machine()}, {torch.get_num_threads()} threads, {versions}"
    properties = torch.cuda.get_device_properties(device)
    return f"{properties.name}, {properties.total_memory / GB:.0f} GB, {versions}"


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if set(names) - PARTS.keys():
        raise argparse.ArgumentTypeError(f"expected some of {','.join(PARTS)}, found {text!r}")
    return names


def main() -> None:
    """Measure and print a section of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=_parts, default=list(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--minutes", type=float, default=9.0, help="for all parts, in equal shares")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write a Chrome trace of one decoding run")
    parser.add_argument("--tiny", action="store_true", help="the same in miniature")
    args = parser.parse_args()
    quiet_libraries()
    device = torch.device(args.device)
    print(f"## On a GPU (`python -m benchmarks.gpu`)\n\n{machine(device)}, random weights{', tiny' * args.tiny}:")
    began = time.monotonic()
    for number, name in enumerate(args.parts, 1):
        print(f"\n### {PARTS[name].title}\n", flush=True)
        until = began + 60 * args.minutes * number / len(args.parts)
        print(table(run_part(PARTS[name], args.tiny, device, until), PLAIN), flush=True)
    if args.trace:
        trace(args.trace, args.tiny, device)


if __name__ == "__main__":
    main()
