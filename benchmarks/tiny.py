"""The tiny models on scenes that none of them saw: `python -m benchmarks.tiny --root FOLDER`.

Runs the benchmark's own commands on 90 scenes (30 of each type, the "test" seeds), then measures
- captions: main object, its colour and the setting named, and no other of that sort;
- colour in text mode: the vocabulary's colour that most saturated pixels of the reconstruction are nearest to in hue
  (the settings are muted by construction, so that these pixels are the object's), against the scene's. The same
  rule on the ground truth, inside the object's region, shows what the rule itself can reach;
- consistency by mode: mean SSIM and mean demo TOPIQ-FR;
- maps of object and setting by CLIP Surgery, from the names in the true captions: mean intersection over union with
  the renderer's own, from the names of another scene, and what a map of all blocks would reach;
- rank correlation of the demo metrics with the level of held-out distortions (NR: without turned hues and moved
  pictures, which are no flaw to one who has not seen the original).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.metrics import structural_similarity

from cmc.core.captions import read_captions
from cmc.core.images import load_rgb
from cmc.core.modes import MODES
from cmc.maps.map_maker import MapMaker
from cmc.metrics.base import FR, NR
from cmc.metrics.finetune.loop import correlation
from cmc.metrics.topiq import topiq_fr, topiq_nr
from cmc.scenes.attributes import named_attributes
from cmc.scenes.hue import dominant_colour
from cmc.scenes.render import Scene, scenes
from cmc.scenes.sentences import items_of
from cmc.scenes.tiny_models import TINY, decoder_flags, encoder_flags
from cmc.scenes.where import overlap, scene_maps
from cmc.scores.score_file import read_scores
from training.distortions import UNSEEN_BY_NR, spoil

COUNT, PER_REFERENCE = 90, 0.3


def commands() -> list[list[str]]:
    """The demo's commands, without `--root`."""
    return [
        ["-m", "cmc", "scenes", "--use", "test", "--count", str(COUNT)],
        ["-m", "cmc", "reference"],
        ["script-i2t.py", *encoder_flags(TINY)],
        ["script-t2i.py", "--input_path", "tiny", *decoder_flags(TINY), "--batch_size", "16"],
        ["script-evaluate.py", "--target", "tiny", "--model_weight", str(TINY / "Weight")],
    ]


def caption_accuracy(root: Path) -> dict[str, float]:
    """Share of captions that name each attribute, their mean, and all three at once."""
    texts = read_captions(root / "Text" / "tiny.csv")
    named = [named_attributes(texts[scene.name], scene.shown) for scene in scenes("test", COUNT)]
    hits = np.array([list(attributes.values()) for attributes in named])
    shares = dict(zip(("object", "colour", "setting"), hits.mean(0).tolist()))
    return shares | {"mean": float(hits.mean()), "all three": float(hits.all(1).mean())}


def reconstruction(root: Path, mode: str, scene: Scene) -> Image.Image:
    """What the tiny decoder made of a scene."""
    return load_rgb(root / "Result" / "tiny" / mode / f"{scene.name}.png")


def colour_accuracy(root: Path) -> dict[str, float]:
    """Share of pictures whose dominant colour is the scene's object's, by mode, and for GT."""
    drawn = list(scenes("test", COUNT))
    colours = {
        "GT": [dominant_colour(scene.image, scene.region) for scene in drawn],
        "GT, whole picture": [dominant_colour(scene.image) for scene in drawn],
    }
    for mode in MODES:
        colours[mode] = [dominant_colour(reconstruction(root, mode, scene)) for scene in drawn]
    truths = np.array([scene.shown.colour for scene in drawn])
    return {name: float(np.mean(np.array(names) == truths)) for name, names in colours.items()}


def consistency(root: Path) -> dict[str, dict[str, float]]:
    """Mean SSIM and mean demo TOPIQ-FR by mode."""
    scores = read_scores(root / "Result" / "tiny" / "scores.csv").scores
    figures = {}
    for mode in MODES:
        ssim = [mean_ssim(scene.image, reconstruction(root, mode, scene)) for scene in scenes("test", COUNT)]
        fr = [score.values[FR] for score in scores if score.mode == mode]
        figures[mode] = {"SSIM": float(np.mean(ssim)), "demo TOPIQ-FR": float(np.mean(fr))}
    return figures


def mean_ssim(gt: Image.Image, decoded: Image.Image) -> float:
    """Of two RGB pictures of one size."""
    return float(structural_similarity(np.asarray(gt), np.asarray(decoded), channel_axis=2))


def metric_accuracy() -> dict[str, float]:
    """SRCC of the demo metrics with the level of distortions of the test scenes, and over how many pictures."""
    cpu = torch.device("cpu")
    metrics = {
        FR: topiq_fr(TINY / "Weight", cpu, torch.float32),
        NR: topiq_nr(TINY / "Weight", cpu, torch.float32),
    }
    scores: dict[str, list[float]] = {FR: [], NR: []}
    opinions: dict[str, list[float]] = {FR: [], NR: []}
    for number, scene in enumerate(scenes("test", COUNT)):
        spoiled = list(spoil(scene.image, np.random.default_rng([8, number]), PER_REFERENCE))
        seen_by = {FR: spoiled, NR: [each for each in spoiled if each.distortion not in UNSEEN_BY_NR]}
        for column, pictures in seen_by.items():
            gt = np.asarray(scene.image) if column == FR else None
            scores[column] += metrics[column].score([np.asarray(each.image) for each in pictures], gt)
            opinions[column] += [each.mos for each in pictures]
    srcc = {column: correlation(scores[column], opinions[column])[0] for column in metrics}
    return srcc | {f"{column} pictures": len(values) for column, values in opinions.items()}


def map_accuracy() -> dict[str, float]:
    """Mean intersection over union with the true maps: of the tiny CLIP's from a scene's own names, from those of the
    scene before, and of maps of all blocks."""
    maker = MapMaker(str(TINY / "clip"), torch.device("cpu"), torch.float32)
    drawn = list(scenes("test", COUNT))
    named = [_item_names(scene) for scene in drawn]
    overlaps = []
    for scene, own, others in zip(drawn, named, named[-1:] + named[:-1], strict=True):
        true = scene_maps(scene.region)
        maps = (maker.maps_for(own, scene.image), maker.maps_for(others, scene.image), np.ones_like(true))
        overlaps.append(np.concatenate([overlap(found, true) for found in maps]))
    means = np.mean(overlaps, 0).tolist()
    names = [f"{sort}{what}" for what in ("", ", another's names", ", all blocks") for sort in ("objects", "settings")]
    return {"mean": float(np.mean(means[:2]))} | dict(zip(names, means, strict=True))


def _item_names(scene: Scene) -> list[str]:
    items = items_of(scene.text)
    assert items, "a true caption names the object"
    return [item.name for item in items.items]


# What can be measured, by the name that `--only` takes.
MEASUREMENTS: dict[str, Callable[[Path], object]] = {
    "captions": caption_accuracy,
    "colours": colour_accuracy,
    "consistency": consistency,
    "maps": lambda _: map_accuracy(),
    "metrics": lambda _: metric_accuracy(),
}
# What needs none of the commands.
ALONE = {"maps", "metrics"}


def run_commands(root: Path) -> None:
    """Scenes through all three steps. Raises CalledProcessError for the first command that fails."""
    root.mkdir(exist_ok=True)
    for command in commands():
        subprocess.run([sys.executable, *command, "--root", str(root)], check=True)


def main() -> None:
    """Run the commands, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(".tiny-benchmark"))
    parser.add_argument("--only", choices=MEASUREMENTS, nargs="+")
    args = parser.parse_args()
    start = time.time()
    if not args.only or set(args.only) - ALONE:
        run_commands(args.root)
    figures = {name: MEASUREMENTS[name](args.root) for name in args.only or MEASUREMENTS}
    print(json.dumps(figures | {"seconds": round(time.time() - start)}, indent=2))


if __name__ == "__main__":
    main()
