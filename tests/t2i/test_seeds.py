"""A picture follows from its own request: of the size asked for, whatever its neighbours, and of its own seed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.families import DISTINCT, SIZE, load, requests_of, sampling_of

LEVEL = 1 / 255


@pytest.mark.parametrize("family", DISTINCT)
def test_a_request_has_its_picture_wherever_it_stands_and_another_by_another_seed(
    family: str, tiny: Callable[[str], Path]
) -> None:
    decoder, sampling = load(tiny(family)), sampling_of(family)
    decoder.check(sampling)
    first, second = requests_of(family)
    batch = [first, second, replace(second, seed=1), second]
    together = [picture.pixels for picture in decoder.render(batch, sampling)]
    alone = decoder.render([second], sampling)[0].pixels
    assert {pixels.shape for pixels in together} == {(*SIZE[::-1], 3)}
    for again in (together[1], together[3]):
        assert np.abs(again - alone).max() <= LEVEL
    for other in (together[0], together[2]):
        assert np.abs(other - alone).max() > 5 * LEVEL
