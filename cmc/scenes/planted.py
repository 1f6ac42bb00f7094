"""Scenes with one thing planted that is not so: what an audit of reconstructions is to find."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cmc.scenes.attributes import COLOURS, KINDS
from cmc.scenes.render import SIDE, Scene, render


@dataclass(frozen=True)
class Planted:
    """attribute: of a scene, that is another; field: of the audit's form, in which that must show; removed: whether it
    is gone, not another."""

    attribute: str
    field: str
    removed: bool = False


ERRORS = {
    "another colour": Planted("colour", "colours"),
    "another object": Planted("object", "objects"),
    "no object": Planted("object", "objects", removed=True),
    "another setting": Planted("setting", "setting"),
}


def spoilt(kind: str, seed: int, error: str, side: int = SIDE) -> Scene:
    """Scene `seed` of a content type with an error of ERRORS, all else as it was drawn; always the same one."""
    planted = ERRORS[error]
    if planted.removed:
        return render(kind, seed, side, {planted.attribute: ""})
    true = str(getattr(render(kind, seed, side).shown, planted.attribute))
    others = [value for value in _values(kind, planted.attribute) if value != true]
    rng = np.random.default_rng([list(KINDS).index(kind), list(ERRORS).index(error), seed])
    return render(kind, seed, side, {planted.attribute: str(rng.choice(others))})


def _values(kind: str, attribute: str) -> Iterable[str]:
    """What an attribute can be in scenes of a content type."""
    choices = KINDS[kind]
    return {"colour": tuple(COLOURS), "object": choices.objects, "setting": tuple(choices.settings)}[attribute]
