"""The curve from a metric's scores to opinion scores, before they are compared on a line."""

import numpy as np


def fitted(scores: np.ndarray, mos: np.ndarray) -> np.ndarray | None:
    """(pictures,) what the logistic function of four parameters that is nearest to `mos`, in the squares, makes of
    `scores`: (b1 - b2) / (1 + exp(-(x - b3) / |b4|)) + b2 (Video Quality Experts Group, final report, 2000). None where
    no such curve is found, or there are fewer pictures than it has parameters."""
    from scipy.optimize import curve_fit

    if len(scores) < 5 or not np.ptp(scores) or not np.ptp(mos):
        return None
    x = (scores - scores.mean()) / scores.std()
    try:
        parameters, _ = curve_fit(_curve, x, mos, p0=(mos.max(), mos.min(), 0.0, 1.0), maxfev=5000)
    except RuntimeError:  # it does not come to rest
        return None
    return _curve(x, *parameters)


def _curve(x: np.ndarray, high: float, low: float, middle: float, width: float) -> np.ndarray:
    from scipy.special import expit

    return (high - low) * expit((x - middle) / max(abs(width), 1e-6)) + low
