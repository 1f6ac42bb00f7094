"""The curve from a metric's scores to opinion scores, before they are compared on a line."""

import numpy as np

# Of the curve, in standard deviations of opinion scores and of scores: without ends, a straight line has no best curve.
FURTHEST_END, WIDTHS = 50.0, (1e-3, 10.0)


def fitted(scores: np.ndarray, mos: np.ndarray) -> np.ndarray | None:
    """(pictures,) what the rising logistic function of four parameters that is nearest to `mos`, in the squares, makes
    of `scores`: (b1 - b2) / (1 + exp(-(x - b3) / b4)) + b2 (Video Quality Experts Group, final report, 2000), up to a
    scale that no correlation sees. None where it is not found, or there are fewer pictures than five."""
    from scipy.optimize import curve_fit

    if len(scores) < 5 or not np.ptp(scores) or not np.ptp(mos):
        return None
    x, y = ((values - values.mean()) / values.std() for values in (scores, mos))
    start = (y.max(), y.min(), 0.0, 1.0)
    far = max(np.abs(x).max(), 1.0) * 2
    bounds = ((-FURTHEST_END, -FURTHEST_END, -far, WIDTHS[0]), (FURTHEST_END, FURTHEST_END, far, WIDTHS[1]))
    try:
        parameters, _ = curve_fit(_curve, x, y, p0=start, bounds=bounds, max_nfev=2000)
    except RuntimeError:  # it does not come to rest
        return None
    return _curve(x, *parameters)


def _curve(x: np.ndarray, high: float, low: float, middle: float, width: float) -> np.ndarray:
    from scipy.special import expit

    return (high - low) * expit((x - middle) / width) + low
