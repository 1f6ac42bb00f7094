"""Fits the weights of `cmc/stream/grid_coder.py` and prints them.

Needs scikit-image and scipy. Photographs: chelsea, coffee, motorcycle and ihc of scikit-image, each cut into blocks of
several sizes so that one photograph stands for pictures of several resolutions. astronaut, rocket, retina and
hubble_deep_field take no part: the coder is judged by them.

    python -m tools.pixel_prior
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import skimage
from PIL import Image
from scipy.optimize import minimize

from cmc.stream.grid_coder import NARROWEST, ORDER, UNIT, ChannelGrid, error_features, level_features, weigh

PHOTOS = ("chelsea.png", "coffee.png", "motorcycle_left.png", "ihc.png")
BLOCKS = (16, 24, 32, 48, 64)


class Observation(NamedTuple):
    """What was known before a pixel's level in one channel, and that level."""

    level_features: list[int]
    error_features: list[int]
    level: int


def grids() -> list[np.ndarray]:
    """Level grids (rows, columns, 3) of every photograph at every block size, as it is, mirrored and turned."""
    turned = []
    for name in PHOTOS:
        image = Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
        for block in BLOCKS:
            size = (image.width // block, image.height // block)
            means = np.asarray(image.resize(size, Image.Resampling.BOX), np.float64)
            levels = np.round(means / 17).astype(int)
            turned += [levels, levels[::-1], levels[:, ::-1], levels.transpose(1, 0, 2)]
    return turned


def observe(grid: np.ndarray, weights: list[list[int]]) -> list[list[Observation]]:
    """Every pixel by channel, given the predictions of `weights`."""
    rows, columns = grid.shape[:2]
    channels = [ChannelGrid(columns, rows) for _ in ORDER]
    seen: list[list[Observation]] = [[] for _ in ORDER]
    for row in range(rows):
        for column in range(columns):
            around = [channel.around(row, column) for channel in channels]
            for place, index in enumerate(ORDER):
                features = level_features(channels, around, place, row, column)
                errors = error_features(channels, around, place, row, column)
                level = int(grid[row, column, index])
                seen[place].append(Observation(features, errors, level))
                channels[place].put(row, column, level, weigh(weights[place], features))
    return seen


def observations(
    everything: Sequence[np.ndarray], weights: list[list[int]], place: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(level features (n, f), error features (n, e), levels (n,)) of a channel's pixels in all grids."""
    seen = [observation for grid in everything for observation in observe(grid, weights)[place]]
    levels = np.array([observation.level for observation in seen])
    features = np.array([observation.level_features for observation in seen], float)
    return features, np.array([observation.error_features for observation in seen], float), levels


def fit_levels(features: np.ndarray, levels: np.ndarray) -> list[int]:
    """Weights of the prediction by least squares, in 1/256."""
    ridge = np.eye(features.shape[1])
    return [round(UNIT * w) for w in np.linalg.solve(features.T @ features + ridge, features.T @ levels)]


def fit_errors(features: np.ndarray, distance: np.ndarray, levels: np.ndarray) -> list[int]:
    """Weights of the width by likelihood, none negative, in 1/256; `distance` is level minus prediction, in 1/256."""

    def bits(weights: np.ndarray) -> float:
        width = np.maximum(features @ weights, NARROWEST)
        below = np.where(levels == 0, 0.0, 1 / (1 + np.exp(-(distance - UNIT / 2) / width)))
        above = np.where(levels == 15, 1.0, 1 / (1 + np.exp(-(distance + UNIT / 2) / width)))
        return float(-np.log2(np.maximum(above - below, 6e-5)).mean())

    start = np.full(features.shape[1], 0.08)
    best = minimize(bits, start, method="L-BFGS-B", bounds=[(0, 2)] * len(start))
    print(f"# {best.fun:.3f} bits")
    return [round(UNIT * w) for w in best.x]


def main() -> None:
    """Print the two tables of weights."""
    everything = grids()
    weights: list[list[int]] = [[], [], []]
    for place in range(len(ORDER)):
        features, _, levels = observations(everything, weights, place)
        weights[place] = fit_levels(features, levels)
    widths = []
    for place in range(len(ORDER)):
        features, errors, levels = observations(everything, weights, place)
        distance = UNIT * levels - features @ np.array(weights[place])
        widths.append(fit_errors(errors, distance, levels))
    print("LEVEL_WEIGHTS =", tuple(map(tuple, weights)))
    print("ERROR_WEIGHTS =", tuple(map(tuple, widths)))


if __name__ == "__main__":
    main()
