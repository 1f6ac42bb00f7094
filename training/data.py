"""Training scenes, drawn once and kept in a folder: never those that are tested or shown."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from cmc.core.files import write_atomic
from cmc.scenes.attributes import Attributes
from cmc.scenes.render import SIDE, scenes

# How many to train on.
SCENES = 12_000
CHUNK = 500


@dataclass(frozen=True)
class SceneSet:
    """`images`: uint8 (count, SIDE, SIDE, 3); `regions`: bool (count, SIDE, SIDE), the main objects."""

    images: np.ndarray
    regions: np.ndarray
    texts: list[str]
    shown: list[Attributes]


def scene_set(folder: Path, use: str, count: int) -> SceneSet:
    """The first `count` scenes of "train" or "validation", read from `folder` where it holds them already."""
    if use not in ("train", "validation"):
        raise ValueError(f"{use!r} scenes are not for training")
    path = folder / f"{use}-{count}.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _draw(path, use, count)
    rows = json.loads(path.read_text())
    texts = [row.pop("text") for row in rows]
    images, regions = _arrays(path, count, "r")
    return SceneSet(images, regions, texts, [Attributes(**row) for row in rows])


def _draw(path: Path, use: str, count: int) -> None:
    """Fill the arrays, then write the table: where it is, they are whole."""
    images, regions = _arrays(path, count, "w+")
    rows = []
    for index, scene in enumerate(scenes(use, count)):
        images[index], regions[index] = np.asarray(scene.image), scene.region
        rows.append({"text": scene.text, **asdict(scene.shown)})
        if index % CHUNK == 0:
            print(f"{use} scenes: {index} of {count}", flush=True)
    images.flush()
    regions.flush()
    write_atomic(path, json.dumps(rows).encode())


def _arrays(path: Path, count: int, mode: Literal["r", "w+"]) -> tuple[np.memmap, np.memmap]:
    """Images and regions beside the table `path`."""
    shape = (count, SIDE, SIDE)
    images = np.memmap(path.with_suffix(".images"), np.uint8, mode, shape=(*shape, 3))
    return images, np.memmap(path.with_suffix(".regions"), np.bool_, mode, shape=shape)


def to_pixels(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, height, width, 3) to float (n, 3, height, width) in [-1, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
