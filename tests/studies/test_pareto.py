"""Fronts of random settings against the definition, resample by resample."""

import numpy as np
import pytest

from cmc.core.bootstrap import draw_counts
from cmc.metrics.base import FR, NR
from cmc.studies.objective import Measured
from cmc.studies.pareto import pareto_points

IMAGES = 12


def settings(count: int, seed: int = 0) -> dict[str, Measured]:
    rng = np.random.default_rng(seed)
    hard = rng.normal(0, 0.5, (2, IMAGES))
    return {
        f"s{index}": Measured(
            dict(zip((FR, NR), hard + rng.normal(rng.normal(2, 0.3, (2, 1)), 0.2, (2, IMAGES)), strict=True)),
            rng.uniform(0.01, 0.02) * rng.uniform(0.8, 1.2, IMAGES),
        )
        for index in range(count)
    }


def dominates(other: np.ndarray, own: np.ndarray) -> bool:
    """Rows of (rate, FR, NR)."""
    signs = np.array([-1, 1, 1])
    return bool((signs * other >= signs * own).all() and (signs * other > signs * own).any())


def test_front_and_shares_are_those_of_the_definition() -> None:
    found = {point.name: point for point in pareto_points(settings(8), IMAGES)}
    values = {name: np.array([each.bpp, each.values[FR], each.values[NR]]) for name, each in settings(8).items()}
    counts = draw_counts(IMAGES)
    hits = dict.fromkeys(values, 0)
    for count in counts:
        means = {name: rows @ count / IMAGES for name, rows in values.items()}
        for name, own in means.items():
            hits[name] += not any(dominates(other, own) for other in means.values())
    assert sum(0 < hit < len(counts) for hit in hits.values()) > 0
    for name, rows in values.items():
        others = [other.mean(axis=1) for other in values.values()]
        assert found[name].on_front == (not any(dominates(other, rows.mean(axis=1)) for other in others))
        assert found[name].share == pytest.approx(hits[name] / len(counts))
        assert found[name].fr.mean == pytest.approx(rows[1].mean())
        assert found[name].fr.low < found[name].fr.mean < found[name].fr.high


def test_settings_over_fewer_images_are_shown_and_not_on_the_front() -> None:
    whole = settings(4)
    cheap = Measured({FR: np.full(3, 5.0), NR: np.full(3, 5.0)}, np.full(3, 0.001))
    points = {point.name: point for point in pareto_points({**whole, "cheap": cheap}, IMAGES)}
    assert (points["cheap"].images, points["cheap"].on_front, points["cheap"].share) == (3, None, None)
    alone = {point.name: point.share for point in pareto_points(whole, IMAGES)}
    assert {name: points[name].share for name in whole} == alone


def test_settings_without_a_rate_have_no_place() -> None:
    unrated = Measured({FR: np.ones(IMAGES), NR: np.ones(IMAGES)}, None)
    assert [point.name for point in pareto_points({"a": unrated, **settings(1)}, IMAGES)] == ["s0"]
    assert pareto_points({"a": unrated}, IMAGES) == []
