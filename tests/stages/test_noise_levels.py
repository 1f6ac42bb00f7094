from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.stages.noise_levels import at_noise_level, start_sigmas
from cmc.t2i.base import Sampling
from cmc.t2i.reference import ReferenceDecoder
from tests.families import load

SIZES = [(64, 32), (64, 32), (256, 256)]


def asked(level: float | None, steps: int = 40) -> Sampling:
    return Sampling("full", 0.5, steps, noise_level=level)


def test_the_strength_is_that_of_the_nearest_level_at_each_size(sd: Path, tiny: Callable[[str], Path]) -> None:
    for decoder in (load(sd), load(tiny("flux"))):
        for size in set(SIZES):
            found = at_noise_level(decoder, "tiny", asked(1.5), size)
            assert decoder.sigma(found, size) == pytest.approx(1.5, rel=0.06)
            others = [decoder.sigma(Sampling("full", step / 40, 40), size) for step in range(1, 40)]
            nearest = min(others, key=lambda sigma: abs(np.log(sigma / 1.5)))
            assert decoder.sigma(found, size) == nearest


def test_the_same_level_is_another_strength_of_another_schedule(sd: Path, tiny: Callable[[str], Path]) -> None:
    vp, flow = load(sd), load(tiny("sd3"))
    kept = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)
    timestep = int(np.abs((1 - kept) / kept - 3.0**2).argmin())
    assert at_noise_level(vp, "vp", asked(3.0), (64, 32)).strength == pytest.approx(timestep / 1000, abs=0.03)
    assert at_noise_level(flow, "flow", asked(3.0), (64, 32)).strength == pytest.approx(0.5, abs=0.03)


def test_a_strength_stays_as_it_is(sd: Path) -> None:
    assert at_noise_level(load(sd), "sd", asked(None), (64, 32)) == asked(None)


@pytest.mark.parametrize("level", [1e-3, 100.0])
def test_a_level_out_of_reach_is_refused_with_what_there_is(sd: Path, level: float) -> None:
    with pytest.raises(CMCError, match=rf"_level {level:g}: 4 steps of sd start at 0\.\d+ to \d+.*other --steps"):
        at_noise_level(load(sd), "sd", asked(level, steps=4), (64, 32))


def test_a_decoder_that_tells_no_level_is_named() -> None:
    with pytest.raises(CMCError, match="--noise_level: reference does not tell at which noise it starts; give --stre"):
        at_noise_level(ReferenceDecoder(), "reference", asked(1.0), (64, 32))
    assert start_sigmas(asked(None), SIZES, ReferenceDecoder(), "reference") == {}


def test_sigma_is_a_mean_over_pictures_with_its_ends(tiny: Callable[[str], Path]) -> None:
    flux = load(tiny("flux"))
    small, large = (flux.sigma(asked(None), size) for size in ((64, 32), (256, 256)))
    assert small < large
    found = start_sigmas(asked(None), SIZES, flux, "flux")
    assert found == {"sigma": pytest.approx((2 * small + large) / 3), "sigma_range": [small, large]}
