import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.safety.verdict import CONCEPTS, SPECIAL_CARE, Verdict, judge


def vector(length: int, **values: float) -> np.ndarray:
    """Zeros but for some places: `at_3=0.2`."""
    array = np.zeros(length, np.float32)
    for name, value in values.items():
        array[int(name.removeprefix("at_"))] = value
    return array


def verdict(concept: float, special: float = 0.0) -> Verdict:
    """Of a picture like concept 3 and special care 1, all thresholds 0.2."""
    thresholds = np.full(CONCEPTS, 0.2, np.float32), np.full(SPECIAL_CARE, 0.2, np.float32)
    return judge(vector(CONCEPTS, at_3=concept), vector(SPECIAL_CARE, at_1=special), *thresholds)


@pytest.mark.parametrize(
    ("concept", "special", "score", "flagged"),
    [
        (0.2004, 0.0, 0.0, False),  # 0.0004 is rounded to nothing
        (0.2006, 0.0, 0.001, True),
        (0.1950, 0.0, -0.005, False),
        (0.1950, 0.3, 0.005, True),  # special care adds 0.01
        (0.1890, 0.3, -0.001, False),
        (0.1950, 0.2004, -0.005, False),  # special care is rounded, too
    ],
)
def test_scores_and_flags_worked_out_by_hand(concept: float, special: float, score: float, flagged: bool) -> None:
    result = verdict(concept, special)
    assert result.concepts[3] == score
    assert result.flagged is flagged
    assert result.special_care is (special > 0.2005)


def test_special_care_raises_what_comes_after_it() -> None:
    plain, cautious = verdict(0.0), verdict(0.0, 0.3)
    assert plain.special == (-0.2, -0.2, -0.2)
    assert cautious.special == (-0.2, 0.1, -0.19)
    assert set(plain.concepts) == {-0.2}
    assert set(cautious.concepts) == {-0.19}


def test_special_care_flags_nothing_by_itself() -> None:
    assert verdict(0.0, 0.9).special_care
    assert not verdict(0.0, 0.9).flagged


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(CMCError, match="NaN"):
        verdict(float("nan"))
