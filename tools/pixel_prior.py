"""Fits the weights of `cmc/stream/grid_coder.py` and prints them.

Needs scikit-image and scipy. Photographs: chelsea, coffee, motorcycle and ihc of scikit-image, each cut into blocks of
several sizes so that one photograph stands for pictures of several resolutions. astronaut, rocket, retina and
hubble_deep_field take no part: the coder is judged by them.

    python tools/pixel_prior.py
"""

from pathlib import Path

import numpy as np
import skimage
from PIL import Image
from scipy.optimize import minimize

from cmc.stream.grid_coder import NARROWEST, ORDER, UNIT, Plane, error_features, level_features, weigh

PHOTOS = ("chelsea.png", "coffee.png", "motorcycle_left.png", "ihc.png")
BLOCKS = (16, 24, 32, 48, 64)


def grids() -> list[np.ndarray]:
    """Level grids (rows, columns, 3) of every photograph at every block size, as it is, mirrored and turned."""
    found = []
    for name in PHOTOS:
        image = Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB")
        for block in BLOCKS:
            size = (image.width // block, image.height // block)
            small = np.asarray(image.resize(size, Image.Resampling.BOX), np.float64)
            levels = np.round(small / 17).astype(int)
            found += [levels, levels[::-1], levels[:, ::-1], levels.transpose(1, 0, 2)]
    return found


def observe(grid: np.ndarray, weights: list[list[int]]) -> list[list[tuple[list[int], list[int], int]]]:
    """(level features, error features, level) of every pixel by channel, given the predictions of `weights`."""
    rows, columns = grid.shape[:2]
    planes = [Plane(columns, rows) for _ in ORDER]
    seen: list[list[tuple[list[int], list[int], int]]] = [[] for _ in ORDER]
    for row in range(rows):
        for column in range(columns):
            around = [plane.around(row, column) for plane in planes]
            for place, channel in enumerate(ORDER):
                features = level_features(planes, around, place, row, column)
                level = int(grid[row, column, channel])
                seen[place].append((features, error_features(planes, around, place, row, column), level))
                predicted = weigh(weights[place], features)
                planes[place].put(row, column, level, predicted)
    return seen


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

    first = np.full(features.shape[1], 0.08)
    best = minimize(bits, first, method="L-BFGS-B", bounds=[(0, 2)] * len(first))
    print(f"# {best.fun:.3f} bits")
    return [round(UNIT * w) for w in best.x]


def main() -> None:
    """Print the two tables of weights."""
    everything = grids()
    weights: list[list[int]] = [[], [], []]
    for place in range(len(ORDER)):
        seen = [one for grid in everything for one in observe(grid, weights)[place]]
        weights[place] = fit_levels(np.array([s[0] for s in seen], float), np.array([s[2] for s in seen]))
    widths = []
    for place in range(len(ORDER)):
        seen = [one for grid in everything for one in observe(grid, weights)[place]]
        features, levels = np.array([s[0] for s in seen], float), np.array([s[2] for s in seen])
        distance = UNIT * levels - features @ np.array(weights[place])
        widths.append(fit_errors(np.array([s[1] for s in seen], float), distance, levels))
    print("LEVEL_WEIGHTS =", tuple(map(tuple, weights)))
    print("ERROR_WEIGHTS =", tuple(map(tuple, widths)))


if __name__ == "__main__":
    main()
