"""Panels that are made up: viewers of known kinds who vote on pictures of known quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cmc.core.seeds import seed_for
from cmc.raters.votes import DIMENSIONS, HIGHEST, LOWEST, Dimension, Vote

MIDDLE = (LOWEST + HIGHEST) / 2
# About that of the paper's opinion scores, most of which are between 1 and 4 (figure A2).
SPREAD = 0.9
Kind = Literal["careful", "careless", "inverted", "biased"]


@dataclass(frozen=True)
class Manner:
    """How a kind of viewer votes: slope * (quality - middle of the scale) + middle + bias + noise; `bias` and `noise`
    are the deviations of what is drawn once a viewer, and once a vote; `shift` is what all of the kind are off by."""

    slope: float = 1.0
    shift: float = 0.0
    bias: float = 0.2
    noise: float = 0.4


MANNERS: Mapping[Kind, Manner] = {
    "careful": Manner(),
    # Votes that have nothing to do with the picture.
    "careless": Manner(slope=0.0, noise=1.2),
    # Takes the scale's ends for each other.
    "inverted": Manner(slope=-1.0),
    "biased": Manner(shift=-0.9),
}


@dataclass(frozen=True)
class Viewer:
    """A viewer of a panel."""

    name: str
    kind: Kind


def panel(**counts: int) -> list[Viewer]:
    """So many viewers of each kind, called by it: `panel(careful=2, careless=1)`. Raises KeyError for no kind."""
    if unknown := counts.keys() - MANNERS.keys():
        raise KeyError(f"expected {', '.join(MANNERS)}, found {', '.join(sorted(unknown))}")
    return [Viewer(f"{kind}-{number:02}", kind) for kind in MANNERS for number in range(1, counts.get(kind, 0) + 1)]


def on_scale(scores: Mapping[str, float]) -> dict[str, float]:
    """A metric's scores of pictures as quality: about the middle of the scale, with a deviation of SPREAD, cut off at
    its ends; all in the middle where they do not vary."""
    values = np.array(list(scores.values()))
    z = (values - values.mean()) / (values.std() or 1.0)
    quality = np.clip(MIDDLE + SPREAD * z, LOWEST, HIGHEST)
    return dict(zip(scores, quality.tolist(), strict=True))


def simulate(
    quality: Mapping[Dimension, Mapping[str, float]],
    viewers: Sequence[Viewer],
    seed: int = 0,
    sessions: int = 1,
    step: float = 0.0,
    absent: float = 0.0,
) -> list[Vote]:
    """Votes of `viewers` on pictures of known `quality`, 0 to 5, by dimension and picture.

    sessions: that each viewer's pictures, shuffled, are split into; step: of the scale, 0 for any number; absent: the
    share of votes that are not given. What a viewer votes depends on `seed`, the viewer and the dimension alone.
    """
    votes: list[Vote] = []
    for viewer in viewers:
        pictures = sorted({picture for scores in quality.values() for picture in scores})
        order = np.random.default_rng(seed_for(seed, viewer.name)).permutation(len(pictures))
        session_of = dict(zip(pictures, (np.argsort(order) * sessions // len(pictures)).tolist(), strict=True))
        for dimension in DIMENSIONS:
            scores = dict(sorted(quality.get(dimension, {}).items()))
            given = _scores(np.array(list(scores.values())), viewer, seed_for(seed, f"{viewer.name} {dimension}"), step)
            kept = _kept(len(scores), absent, seed_for(seed, f"{viewer.name} {dimension} absent"))
            votes += [
                Vote(viewer.name, session_of[picture], picture, dimension, score)
                for picture, score, is_kept in zip(scores, given, kept, strict=True)
                if is_kept
            ]
    return votes


def _scores(quality: np.ndarray, viewer: Viewer, seed: int, step: float) -> list[float]:
    manner, rng = MANNERS[viewer.kind], np.random.default_rng(seed)
    off = manner.shift + rng.normal(0, manner.bias)
    scores = manner.slope * (quality - MIDDLE) + MIDDLE + off + rng.normal(0, manner.noise, len(quality))
    if step:
        scores = np.round(scores / step) * step
    return np.clip(scores, LOWEST, HIGHEST).tolist()


def _kept(count: int, absent: float, seed: int) -> list[bool]:
    return (np.random.default_rng(seed).random(count) >= absent).tolist()
