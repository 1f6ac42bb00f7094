"""What a study costs that has nothing left to do: `python -m benchmarks.finished`.

Makes a study of 58 results of 1,000 images (58,000 pictures, as many as the benchmark's), small ones by a decoder that
computes nothing, and runs it once more: time and memory of planning, checking every picture and saying that nothing is
to be done. Target: 60 seconds and 1 GB.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.core.captions import write_captions
from cmc.core.images import save_png

PLUGIN = """
import numpy as np
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Picture

class Noise(Decoder):
    def render(self, requests, sampling):
        return [Picture(np.random.default_rng(r.seed).random((*r.size[::-1], 3))) for r in requests]

@T2I.register("noise", modes={"text"})
def noise(checkpoint, device, dtype):
    return Noise()
"""
PLAN = """# {results} results that differ in their seed.
encoders = [{{ captions = "words" }}]
decoders = [{{ model_name = "noise", device = "cpu" }}]
modes = ["text"]
seed = {seeds}
metrics = ["psnr"]
views = []
plugins = ["{plugin}"]
"""
SIDE = 16


def make(root: Path, images: int, results: int) -> Path:
    """Ground truths, captions and the plan; returns its path."""
    random = np.random.default_rng(0)
    names = [f"NSI_pgc_{number:04}.png" for number in range(images)]
    for name in names:
        save_png(root / "GT" / name, Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)))
    write_captions(root / "Text" / "words.csv", {name: f"a picture of noise, number {name}" for name in names})
    plugin, plan = root / "noise.py", root / "plan.toml"
    plugin.write_text(PLUGIN, encoding="utf-8")
    seeds = list(range(1, results + 1))
    plan.write_text(PLAN.format(results=results, seeds=seeds, plugin=plugin), encoding="utf-8")
    return plan


def run(plan: Path, root: Path) -> tuple[float, float]:
    """(seconds, peak memory in 10^6 bytes) of the study in a process of its own."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "cmc", "study", str(plan), "--root", str(root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed; run it to see why")
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6


def main() -> None:
    """Print what the second run took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--results", type=int, default=58)
    parser.add_argument("--root", type=Path, help="keep the study here (default: a folder that is removed)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.root or Path(folder)
        plan = make(root, options.images, options.results)
        first, first_memory = run(plan, root)
        again, memory = run(plan, root)
    pictures = options.images * options.results
    print(f"{pictures:,} pictures made and scored in {first:.0f} s, {first_memory:.0f} MB at most")
    print(f"once more, nothing to do: {again:.1f} s, {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
