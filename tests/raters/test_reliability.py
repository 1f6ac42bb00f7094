"""A panel's agreement: the published example, and what is missing."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from cmc.raters.reliability import reliability
from tests.raters.tables import table_of

# Table 2 of Shrout and Fleiss (Psychological Bulletin 86(2), 1979), six targets by four judges.
PUBLISHED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)


def test_icc_as_published() -> None:
    found = reliability(table_of(PUBLISHED))
    assert found.icc_single == pytest.approx(0.29, abs=0.005)
    assert found.icc_mean == pytest.approx(0.62, abs=0.005)
    assert found.complete == 6


def test_srocc_is_the_mean_of_each_with_the_others() -> None:
    expected = [
        spearmanr(PUBLISHED[:, viewer], np.delete(PUBLISHED, viewer, axis=1).mean(axis=1)).statistic
        for viewer in range(4)
    ]
    assert reliability(table_of(PUBLISHED)).srocc == pytest.approx(np.mean(expected))


def test_icc_is_over_the_pictures_that_all_voted_on() -> None:
    holed = np.vstack([PUBLISHED, [[5.0, np.nan, 5.0, 5.0]]])
    found = reliability(table_of(holed))
    assert (found.icc_single, found.complete) == (reliability(table_of(PUBLISHED)).icc_single, 6)
    none = reliability(table_of(np.where(np.eye(6, 4), np.nan, PUBLISHED)))
    assert none.complete == 2
    assert np.isnan(
        reliability(table_of(np.where(np.arange(4) == np.arange(6)[:, None] % 4, np.nan, PUBLISHED))).icc_mean
    )
