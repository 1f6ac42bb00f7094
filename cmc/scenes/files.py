"""Scenes as the benchmark's ground truth: pictures in GT, and what they show beside it."""

from dataclasses import asdict
from pathlib import Path

from cmc.core.files import write_json
from cmc.core.images import save_png
from cmc.core.origin import Origin, read_origin, settings_digest
from cmc.core.workspace import Workspace
from cmc.scenes.render import SIDE, scenes

SHOWN = "scenes.json"


def save_scenes(root: Path, use: str, count: int, side: int = SIDE) -> None:
    """The first `count` scenes of a use (a key of SEEDS) into GT under `root`, those that are not there yet; scenes
    of another use or side are drawn anew, pictures of unknown making are left alone.

    `scenes.json` in `root` says what each shows and gives a true caption. Raises CMCError for a count that
    is not there and a side outside 64 to 1024.
    """
    gt = Workspace(root).gt
    origin = Origin(settings=settings_digest({"settings": {"scenes": use, "side": side}}))
    shown = {}
    for scene in scenes(use, count, side):
        shown[scene.name] = asdict(scene.shown) | {"text": scene.text}
        path = gt / f"{scene.name}.png"
        there = read_origin(path)
        if not path.is_file() or (there is not None and there.differences(origin)):
            save_png(path, scene.image, origin)
    write_json(root / SHOWN, shown)
