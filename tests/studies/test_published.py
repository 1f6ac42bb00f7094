"""Table A1 as printed, and the formula behind its rows Improve."""

from itertools import product

import pytest

from cmc.studies.improvement import improvement, percent
from cmc.studies.paper_metrics import CONSISTENCY, PAPER_METRICS, PERCEPTION, PaperMetric
from cmc.studies.published import table_a1

ROWS = {(row.qp, row.name): row.cells for row in table_a1()}


def _half_digit(text: str) -> float:
    """Half a unit of the last printed digit."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


def test_the_table_is_whole() -> None:
    assert list(ROWS) == [(qp, name) for qp in (53, 51, 48, 45) for name in ("Original", "CMC", "Improve")]
    assert ROWS[53, "Original"]["fid"] == "300.8"
    assert ROWS[45, "Improve"]["lpips"] == "-7.65%"
    assert {metric.column for metric in PAPER_METRICS} == ROWS[53, "CMC"].keys()
    assert [metric.side for metric in PAPER_METRICS].count(CONSISTENCY) == 4
    assert [metric.side for metric in PAPER_METRICS].count(PERCEPTION) == 4
    assert [metric.column for metric in PAPER_METRICS if not metric.higher] == ["lpips", "fid"]


@pytest.mark.parametrize("metric", PAPER_METRICS, ids=lambda metric: metric.column)
@pytest.mark.parametrize("qp", [53, 51, 48, 45])
def test_improve_is_what_the_printed_cells_give(qp: int, metric: PaperMetric) -> None:
    """The cells are rounded, so Improve may be anything that their true values could give; some of it is printed cut
    off, not rounded (109% of 109.8), hence one unit of its last digit."""
    original, decoded, printed = (ROWS[qp, name][metric.column] for name in ("Original", "CMC", "Improve"))
    ends = product((-1, 1), repeat=2)
    candidates = [
        improvement(
            float(original) + a * _half_digit(original), float(decoded) + b * _half_digit(decoded), metric.higher
        )
        for a, b in ends
    ]
    unit = 2 * _half_digit(printed.rstrip("%"))
    assert min(candidates) - unit <= float(printed.rstrip("%")) <= max(candidates) + unit


def test_less_that_is_better_improves_by_what_it_is_divided_by() -> None:
    assert improvement(0.825, 0.890, True) == pytest.approx(7.8788, abs=1e-4)
    # Of the original it would be 16.8 %; the table prints 20.2%.
    assert percent(improvement(0.523, 0.435, False)) == "20.2%"
    assert percent(improvement(0.302, 0.327, False)) == "-7.65%"
    assert improvement(0.0, 1.0, True) is None
    assert [percent(value) for value in (None, 270.17, -15.66, 0.1066)] == ["–", "270%", "-15.7%", "0.11%"]
