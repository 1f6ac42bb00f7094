"""What a study costs that has nothing left to do: `python -m benchmarks.finished`.

A study of 58 results of 1,000 images (58,000 pictures, as many as the benchmark's), small ones by a decoder that
computes nothing. The first result is made and scored by the study itself; the others, of other seeds, are written from
it as the study would leave them. Then it runs once more: time and memory of planning, checking every picture and saying
that nothing is to be done; a picture or score file that changes ends the benchmark. Target: 60 seconds and 1 GB.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.core.captions import write_captions
from cmc.core.images import save_png
from cmc.core.origin import Origin, digest, png_info, read_origin, settings_digest
from cmc.core.run_file import read_run
from cmc.scores.score_file import read_scores, write_scores

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
# Seeds from 101 on: a result of the default seed, 42, is called by none.
FIRST_SEED = 101
FIRST = f"noise+words-seed{FIRST_SEED}"


def make(root: Path, images: int, seeds: list[int]) -> Path:
    """Ground truths, captions and the plan; returns its path."""
    random = np.random.default_rng(0)
    names = [f"NSI_pgc_{number:04}.png" for number in range(images)]
    for name in names if not (root / "GT").is_dir() else ():
        save_png(root / "GT" / name, Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)))
    write_captions(root / "Text" / "words.csv", {name: f"a picture of noise, number {name}" for name in names})
    plugin, plan = root / "noise.py", root / "plan.toml"
    plugin.write_text(PLUGIN, encoding="utf-8")
    plan.write_text(PLAN.format(results=len(seeds), seeds=seeds, plugin=plugin), encoding="utf-8")
    return plan


def imitate(root: Path, seed: int) -> None:
    """Another seed's result, as the study would leave it, from the first one's."""
    first, name = root / "Result" / FIRST, f"noise+words-seed{seed}"
    run_document = read_run(first / "text" / "run.json")
    run_document["settings"]["seed"] = seed
    folder = root / "Result" / name / "text"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(run_document), encoding="utf-8")
    settings, digests = settings_digest(run_document), {}
    for path in (first / "text").glob("*.png"):
        info = png_info(replace(read_origin(path) or Origin(), settings=settings))
        Image.open(path).save(folder / path.name, pnginfo=info)
        digests[path.name] = digest((folder / path.name).read_bytes())
    file = read_scores(first / "scores.csv")
    scores = [replace(score, target=name, picture_digest=digests[score.name]) for score in file.scores]
    write_scores(root / "Result" / name / "scores.csv", scores, {"target": name, **file.settings})
    shutil.copy(first / "summary.csv", root / "Result" / name / "summary.csv")


def states(root: Path) -> set[tuple[str, int]]:
    """Every picture and score file with the time of its last change."""
    files = [*(root / "Result").glob("*/*/*.png"), *(root / "Result").glob("*/scores.csv")]
    return {(str(path), path.stat().st_mtime_ns) for path in files}


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
        plan = make(root, options.images, [FIRST_SEED])
        run(plan, root)
        seeds = [FIRST_SEED + number for number in range(options.results)]
        for seed in seeds[1:]:
            imitate(root, seed)
        plan = make(root, options.images, seeds)
        time.sleep(3)  # so young a file's digest is not remembered
        first, first_memory = run(plan, root)
        before = states(root)
        again, memory = run(plan, root)
        if states(root) != before or len(before) != (options.images + 1) * options.results:
            raise SystemExit("the study made something again that was there")
    pictures = options.images * options.results
    print(f"{pictures:,} finished pictures, read for the first time: {first:.1f} s, {first_memory:.0f} MB at most")
    print(f"once more: {again:.1f} s, {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
