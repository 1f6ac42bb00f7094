"""How far metrics agree with people, as `cmc rate analyse` prints it."""

import math
from collections.abc import Mapping

from cmc.cli.table_formats import print_table
from cmc.core.bootstrap import RESAMPLES
from cmc.core.errors import some
from cmc.raters.agreement import Estimate
from cmc.raters.metric_agreement import MetricAgreement
from cmc.raters.votes import Dimension

# Of a p value that is corrected for the number of pairs.
SURE = 0.05


def show(agreements: Mapping[Dimension, MetricAgreement]) -> None:
    """Print every metric's agreement with each dimension, and which metrics differ."""
    print()
    if not agreements:
        print("no rated result has scores; cmc evaluate makes those that opinion scores can be held against\n")
        return
    rows = [
        [dimension, found.metric, *map(_bounded, (found.srcc, found.krcc, found.plcc))]
        for dimension, of in agreements.items()
        for found in of.metrics
    ]
    print_table(["dimension", "metric", "SRCC", "KRCC", "PLCC"], rows, "text")
    print(f"bounds: 95 % of {RESAMPLES:,} resamples of the ground truths; PLCC: after the logistic curve")
    for dimension, of in agreements.items():
        sure = [f"{pair.first} and {pair.second}" for pair in of.differences if pair.p_holm < SURE]
        told = f"SRCC differs beyond chance (Holm's p < {SURE}): {some(sure) or 'of no two'}" if of.differences else ""
        print(f"  {dimension}: {of.pictures} pictures of {of.truths} ground truths; {told or 'one metric alone'}")
    print("  differences.csv has every pair\n")


def _bounded(estimate: Estimate) -> str:
    low, high = estimate.bounds
    if math.isnan(estimate.value):
        return "unknown"
    return f"{estimate.value:.3f} ({low:.3f} to {high:.3f})"
