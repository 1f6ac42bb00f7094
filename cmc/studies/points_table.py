"""`points.csv`: every setting in every mode with all its values and everything that was measured of it."""

from collections.abc import Sequence

from cmc.core.tables import Table
from cmc.studies.measurements import measurements
from cmc.studies.points import Estimate, Point, Points, points_over_common
from cmc.studies.results import StudyResults

VALUES = ("encoder", "words", "decoder", "codec", "qp", "strength", "noise_level", "seed")


def points_table(results: StudyResults) -> tuple[Table, Points]:
    """One row a setting (each seed by itself) and mode, all over the images that all have.

    Empty where nothing was measured; sigma: of the noise that pictures started with, in the mean; `_low` and `_high`
    bound 95 % of the resamples over images. Raises CMCError where nothing is scored or no image is common.
    """
    points = points_over_common(measurements(results, average=False))
    options = sorted({name for point in points.points for name in point.measurement.setting.options})
    metrics = list(dict.fromkeys(column for point in points.points for column in point.estimates))
    of_metrics = [f"{metric}{end}" for metric in metrics for end in ("", "_low", "_high")]
    header = ["result", "mode", *VALUES, *options, "images", "sigma", "bpp", "text_bpp", *of_metrics]
    rows = [_row(point, points.images, options, metrics) for point in points.points]
    return Table(header, rows), points


def _row(point: Point, images: int, options: Sequence[str], metrics: Sequence[str]) -> list[str]:
    setting = point.measurement.setting
    values = [_text(getattr(setting, name)) for name in VALUES]
    given = [str(setting.options.get(name, "")) for name in options]
    means = [_number(number) for number in (point.measurement.sigma, point.bpp, point.text_bpp)]
    cells = [cell for metric in metrics for cell in _cells(point.estimates.get(metric))]
    return [setting.name, point.measurement.mode, *values, *given, str(images), *means, *cells]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def _cells(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["", "", ""]
    low, high = estimate.bounds or (None, None)
    return [f"{estimate.mean:.6f}", *("" if end is None else f"{end:.6f}" for end in (low, high))]
