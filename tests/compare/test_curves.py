import numpy as np
import pytest

from cmc.compare.bd_rate import bd_metric, bd_rate
from cmc.compare.curves import Curve, Point, advantage, curve_of, pareto
from cmc.core.bootstrap import draw_counts
from cmc.core.errors import CMCError

IMAGES = 40
RATES = (0.01, 0.02, 0.04, 0.08)


def curve(name: str, rates: tuple[float, ...], shift: float = 0.0, noise: float = 0.0, slope: float = 1.0) -> Curve:
    """Scores rise by `slope` an octave; images differ in difficulty and rate, the same ones in every curve."""
    hard = np.random.default_rng(0).normal(0, 0.5, IMAGES)
    size = np.exp(np.random.default_rng(1).normal(0, 0.3, IMAGES))
    own = np.random.default_rng(sum(map(ord, name))).normal(0, noise, IMAGES)
    points = [
        Point(name, "image", rate * size / size.mean(), {"fr": slope * np.log2(rate) + shift + hard + own - own.mean()})
        for rate in rates
    ]
    return Curve(name, points)


def test_bd_rate_of_a_curve_at_half_the_rate_is_minus_50_per_cent() -> None:
    anchor, test = curve("a", RATES), curve("b", tuple(rate / 2 for rate in RATES), shift=1.0)
    assert bd_rate(anchor, test, "fr", True) == pytest.approx(-50)
    assert bd_metric(anchor, curve("c", RATES, shift=0.25), "fr", True) == pytest.approx(0.25)


def test_where_lower_is_better_the_better_curve_still_saves_bits() -> None:
    anchor, test = curve("a", RATES, slope=-1), curve("b", tuple(rate / 2 for rate in RATES), shift=-1.0, slope=-1)
    assert bd_rate(anchor, test, "fr", False) == pytest.approx(-50)
    assert bd_metric(anchor, curve("c", RATES, shift=-0.25, slope=-1), "fr", False) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (curve("b", RATES[:3]), "b has 3 point"),
        (curve("b", tuple(rate * 4 for rate in RATES)), "overlap by 20%, expected 75%"),
        (curve("b", RATES, slope=-1), "does not improve with every step"),
        (curve("b", (0.01, 0.02, 0.02, 0.04)), "two points of the same rate"),
    ],
)
def test_bd_rate_is_refused_with_the_reason(other: Curve, reason: str) -> None:
    with pytest.raises(CMCError, match=reason):
        bd_rate(curve("a", RATES), other, "fr", True)


def test_bd_metric_is_refused_where_rates_do_not_meet() -> None:
    with pytest.raises(CMCError, match="rates overlap by 0%"):
        bd_metric(curve("a", RATES), curve("b", tuple(rate * 100 for rate in RATES)), "fr", True)


def test_pairing_tells_curves_apart_that_unpaired_means_would_not() -> None:
    counts = draw_counts(IMAGES)
    # Images differ by 0.5, curves by 0.1, an image's two scores by 0.1: paired, that is many standard errors.
    one, other = curve("x", RATES, shift=0.1, noise=0.1), curve("y", RATES)
    found = advantage(one, other, "fr", True, counts)
    assert found.difference == pytest.approx(0.1, abs=1e-9)
    assert 0 < found.bounds[0] < 0.1 < found.bounds[1] < 0.2
    assert found.share > 0.99
    assert advantage(one, other, "fr", False, counts).bounds[1] < 0
    assert advantage(other, one, "fr", True, counts).difference == pytest.approx(-0.1, abs=1e-9)


def test_equal_curves_are_not_told_apart_and_a_single_point_is_compared_at_its_rate() -> None:
    counts = draw_counts(IMAGES)
    same = advantage(curve("x", RATES, noise=0.3), curve("y", RATES, noise=0.3), "fr", True, counts)
    assert same.bounds[0] < 0 < same.bounds[1]
    # Between two points of the other: straight in log bpp.
    lone = advantage(curve("z", (0.03,), shift=0.5), curve("y", RATES), "fr", True, counts)
    assert lone.difference == pytest.approx(0.5)
    with pytest.raises(CMCError, match="no rate is covered by both"):
        advantage(curve("z", (0.5,)), curve("y", RATES), "fr", True, counts)


def test_pareto_front() -> None:
    rates, scores = np.array([1.0, 2.0, 3.0, 2.0, 1.0]), np.array([1.0, 3.0, 2.0, 3.0, 0.5])
    assert pareto(rates, scores, True).tolist() == [True, True, False, True, False]
    assert pareto(rates, scores, False).tolist() == [False, False, False, False, True]


def test_qualities_of_a_codec_share_a_curve() -> None:
    codec = {"image": {"settings": {"codec": "vvc"}}}
    assert {curve_of(name, codec) for name in ("vvc-qp53", "vvc-qp45", "vvc-bpp0.024")} == {"vvc"}
    assert curve_of("sdxl-qp53", {"image": {"settings": {"model": "sdxl"}}}) == "sdxl-qp53"
