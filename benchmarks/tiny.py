"""The tiny models on scenes that none of them saw: `python -m benchmarks.tiny --root FOLDER`.

Runs the benchmark's own commands on 90 scenes (30 of each type, the "test" seeds), then measures
- captions: main object, its colour and the setting named, and no other of that sort;
- colour in text mode: the vocabulary's colour that most saturated pixels of the reconstruction are nearest to in hue
  (the settings are muted by construction, so that these pixels are the object's), against the scene's. The same
  rule on the ground truth, inside the object's region, shows what the rule itself can reach;
- consistency by mode: mean SSIM and mean demo TOPIQ-FR;
- rank correlation of the demo metrics with the level of held-out distortions (NR: without turned hues and moved
  pictures, which are no flaw to one who has not seen the original).
"""

import argparse
import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from cmc.core.captions import read_captions
from cmc.core.device import pick_device
from cmc.core.images import load_rgb
from cmc.core.modes import MODES
from cmc.metrics.finetune.loop import correlation
from cmc.metrics.topiq import topiq_fr, topiq_nr
from cmc.scenes.hue import dominant
from cmc.scenes.render import scenes
from cmc.scenes.tiny_models import CAPTIONER_FLAGS as CAPTIONER
from cmc.scenes.tiny_models import DECODER_FLAGS as PAINTER
from cmc.scenes.tiny_models import TINY
from cmc.scenes.words import named
from training.distortions import UNSEEN_BY_NR, spoil

COUNT, PER_REFERENCE = 90, 0.3


def commands(root: Path) -> list[list[str]]:
    """The demo's commands, on `root`."""
    return [
        ["-m", "cmc", "scenes", "--use", "test", "--count", str(COUNT)],
        ["-m", "cmc", "reference"],
        ["script-i2t.py", *CAPTIONER],
        ["script-t2i.py", "--input_path", "tiny", *PAINTER, "--batch_size", "16"],
        ["script-evaluate.py", "--target", "tiny", "--model_weight", f"{TINY}/Weight"],
    ]


def captions_right(root: Path) -> dict[str, float]:
    """Share of captions that name each attribute, their mean, and all three at once."""
    texts = read_captions(root / "Text" / "tiny.csv")
    hits = np.array([list(named(texts[one.name], one.shown).values()) for one in scenes("test", COUNT)])
    shares = dict(zip(("object", "colour", "setting"), hits.mean(0).tolist()))
    return shares | {"mean": float(hits.mean()), "all three": float(hits.all(1).mean())}


def colours_right(root: Path) -> dict[str, float]:
    """Share of pictures whose dominant colour is the scene's object's, by mode, and for GT."""
    drawn = list(scenes("test", COUNT))
    right = {"GT": np.mean([dominant(one.image, one.region) == one.shown.colour for one in drawn])}
    right["GT, whole picture"] = np.mean([dominant(one.image) == one.shown.colour for one in drawn])
    for mode in MODES:
        made = [load_rgb(root / "Result" / "tiny" / mode / f"{one.name}.png") for one in drawn]
        right[mode] = np.mean([dominant(image) == one.shown.colour for image, one in zip(made, drawn, strict=True)])
    return {name: float(share) for name, share in right.items()}


def consistency(root: Path) -> dict[str, dict[str, float]]:
    """Mean SSIM and mean demo TOPIQ-FR by mode."""
    from skimage.metrics import structural_similarity

    with open(root / "Result" / "tiny" / "scores.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for mode in MODES:
        ssim = [
            structural_similarity(
                np.asarray(load_rgb(root / "GT" / f"{one.name}.png")),
                np.asarray(load_rgb(root / "Result" / "tiny" / mode / f"{one.name}.png")),
                channel_axis=2,
            )
            for one in scenes("test", COUNT)
        ]
        fr = [float(row["fr"]) for row in rows if row["mode"] == mode]
        found[mode] = {"SSIM": float(np.mean(ssim)), "demo TOPIQ-FR": float(np.mean(fr))}
    return found


def metrics_right() -> dict[str, float]:
    """SRCC of the demo metrics with the level of distortions of the test scenes."""
    import torch

    device = pick_device("cpu")
    fr = topiq_fr(TINY / "Weight", device, torch.float32, "standard")
    nr = topiq_nr(TINY / "Weight", device, torch.float32)
    scores: dict[str, list[float]] = {"fr": [], "nr": []}
    truth: dict[str, list[float]] = {"fr": [], "nr": []}
    for number, one in enumerate(scenes("test", COUNT)):
        gt = np.asarray(one.image)
        spoiled = list(spoil(one.image, np.random.default_rng([8, number]), PER_REFERENCE))
        seen = [each for each in spoiled if each.distortion not in UNSEEN_BY_NR]
        scores["fr"] += fr.score([np.asarray(each.image) for each in spoiled], gt)
        scores["nr"] += nr.score([np.asarray(each.image) for each in seen], None)
        truth["fr"] += [each.mos for each in spoiled]
        truth["nr"] += [each.mos for each in seen]
    found = {name: correlation(scores[name], truth[name])[0] for name in scores}
    return found | {f"{name} pictures": len(values) for name, values in truth.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(".tiny-benchmark"))
    parser.add_argument("--only", choices=("captions", "colours", "consistency", "metrics"), nargs="+")
    args = parser.parse_args()
    args.root.mkdir(exist_ok=True)
    start = time.time()
    for command in commands(args.root):
        if args.only != ["metrics"]:
            subprocess.run([sys.executable, *command, "--root", str(args.root)], check=True)
    parts = {
        "captions": lambda: captions_right(args.root),
        "colours": lambda: colours_right(args.root),
        "consistency": lambda: consistency(args.root),
        "metrics": metrics_right,
    }
    found = {name: part() for name, part in parts.items() if args.only is None or name in args.only}
    print(json.dumps(found | {"seconds": round(time.time() - start)}, indent=2))


if __name__ == "__main__":
    main()
