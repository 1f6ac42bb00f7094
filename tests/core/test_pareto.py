import numpy as np
import pytest

from cmc.core.pareto import pareto_front


def by_definition(costs: np.ndarray) -> list[bool]:
    """Point by point, as the definition says it."""
    return [not any((other <= own).all() and (other < own).any() for other in costs) for own in costs]


@pytest.mark.parametrize("objectives", [1, 2, 3])
@pytest.mark.parametrize("levels", [3, 1000])
def test_the_front_is_the_definition_s(objectives: int, levels: int) -> None:
    """Few levels make many equal points."""
    for seed in range(20):
        costs = np.random.default_rng(seed).integers(0, levels, (25, objectives)).astype(float)
        assert pareto_front(costs).tolist() == by_definition(costs)


def test_equal_points_are_on_the_front_together() -> None:
    assert pareto_front(np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 2.0]])).tolist() == [True, True, False]
