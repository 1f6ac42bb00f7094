"""`cmc demo --misc`: drawn scenes by MISC, and its maps beside where the renderer drew their items."""

from pathlib import Path

import numpy as np

from cmc.core.workspace import WORK, Workspace
from cmc.maps.map_file import FOLDER, list_maps, read_maps
from cmc.scenes.render import scenes
from cmc.scenes.tiny_models import encoder_flags, misc_flags
from cmc.scenes.where import overlap, scene_maps

STREAMS, WITHOUT = "misc", "misc-no-items"


def commands(count: int, models: Path, root: Path) -> list[list[str]]:
    """As a user would type them after `cmc`, without `--root`."""
    streams = str(Workspace(root).stream / STREAMS)
    tokenizer = ["--tokenizer", str(models / "diffusion" / "tokenizer")]
    encoder = [*encoder_flags(models), "--clip_dir", str(models / "clip"), *tokenizer]
    without = ["--items", "0", "--to", str(Workspace(root).result / WITHOUT)]
    metrics = ["--metrics", "benchmark", "ssim", "--model_weight", str(models / "Weight")]
    return [
        ["scenes", "--count", str(count)],
        ["misc", "encode", str(Workspace(root).gt), "--to", streams, *encoder],
        ["misc", "decode", streams, *misc_flags(models)],
        ["misc", "decode", streams, *without, *misc_flags(models)],
        ["inspect", str(Path(streams) / "pixel" / f"{next(scenes('demo', 1)).name}.cmc")],
        ["evaluate", "--target", STREAMS, WITHOUT, *metrics],
        ["report"],
    ]


def agreement(root: Path, count: int) -> tuple[int, float, float]:
    """How many scenes have maps of both their items, and the mean intersection over union with the renderer's own, of
    objects and of settings."""
    files = list_maps(Workspace(root).stream / STREAMS / WORK / "Ref" / FOLDER)
    found = {key: read_maps(path).maps for key, path in files.items()}
    overlaps = [
        overlap(found[scene.name], scene_maps(scene.region))
        for scene in scenes("demo", count)
        if len(found.get(scene.name, ())) == 2  # the encoder may have named no setting
    ]
    if not overlaps:
        return 0, 0.0, 0.0
    objects, settings = np.mean(overlaps, 0)
    return len(overlaps), float(objects), float(settings)
