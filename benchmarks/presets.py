"""The paper's studies with the tiny models: `python -m benchmarks.presets`.

Runs the presets `length` and `strength-full` on the demo's scenes, their models and metrics replaced by the tiny ones,
into an empty root, and checks that every figure and table is there. Target: 10 minutes for both.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.processes import run_python
from cmc.scenes.tiny_models import GUIDANCE, STEPS, TINY
from cmc.studies.presets import presets
from cmc.studies.toml import loads

PRESETS = {
    "length": ("panels-words-full.png", "panels-words-full.svg", "panels-words-full.pdf", "points.csv"),
    "strength-full": ("panels-strength-full.png", "panels-strength-full.svg", "panels-strength-full.pdf", "points.csv"),
}
MODELS = f"""
encoders = [{{ model_name = "tiny", model_dir = "{TINY / "captioner"}" }}]
decoders = [{{ model_name = "tiny", model_dir = "{TINY / "diffusion"}", max_side = 64, steps = {STEPS}, \
guidance_scale = {GUIDANCE} }}]
metrics = ["benchmark", "ssim"]
evaluate = {{ model_weight = "{TINY / "Weight"}" }}
"""
REPLACED = ("encoders", "decoders", "metrics")


def tiny_plan(preset: str) -> str:
    """A preset of the paper with the tiny models in place of its own."""
    kept = {key: value for key, value in loads(presets()[preset]).items() if key not in REPLACED}
    return MODELS + "".join(f"{key} = {json.dumps(value)}\n" for key, value in kept.items())


def run(preset: str, root: Path) -> float:
    """Seconds of one study. Raises SystemExit where a figure or table is not there."""
    plan = root / f"{preset}.toml"
    plan.write_text(tiny_plan(preset), encoding="utf-8")
    start = time.perf_counter()
    run_python(["-m", "cmc", "study", str(plan), "--root", str(root)])
    seconds = time.perf_counter() - start
    absent = [name for name in PRESETS[preset] if not (root / "Study" / preset / name).is_file()]
    if absent:
        raise SystemExit(f"{preset} left no {', '.join(absent)}")
    return seconds


def main() -> None:
    """Print what each study took, and both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=18, help="scenes")
    parser.add_argument("--root", type=Path, help="an empty folder to keep them in (default: one that is removed)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.root or Path(folder)
        run_python(["-m", "cmc", "scenes", "--count", str(options.count), "--root", str(root)])
        seconds = {preset: run(preset, root) for preset in PRESETS}
        start = time.perf_counter()
        run_python(["-m", "cmc", "report", "--root", str(root)])
        seconds["report"] = time.perf_counter() - start
    for name, taken in seconds.items():
        print(f"{name}: {taken:.0f} s")
    print(f"all: {sum(seconds.values()) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
