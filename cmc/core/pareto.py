"""Pareto fronts: what nothing else is at least as good as in every respect."""

import numpy as np


def pareto_front(costs: np.ndarray) -> np.ndarray:
    """(points,) whether no other point costs as little in every objective, and less in one.

    costs: (points, objectives), finite, less is better: what is better the more of it there is goes in negated. Points
    that are equal throughout are on the front together.
    """
    as_good = np.ones((len(costs), len(costs)), bool)
    better = np.zeros_like(as_good)
    for objective in costs.T:
        as_good &= objective[None] <= objective[:, None]
        better |= objective[None] < objective[:, None]
    return np.logical_not((as_good & better).any(axis=1))
