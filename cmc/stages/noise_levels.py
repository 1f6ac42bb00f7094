"""A noise level to start from as a strength of a decoder's schedule, and which levels pictures started from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log

from cmc.core.errors import CMCError
from cmc.core.faults import faults_told
from cmc.core.run_file import Document
from cmc.t2i.base import Decoder, Sampling

# A picture's (width, height).
Size = tuple[int, int]
# How far out of a schedule's levels one may be asked for: about a step.
REACH = 1.5


def at_noise_level(decoder: Decoder, name: str, sampling: Sampling, size: Size) -> Sampling:
    """A sampling with the strength whose sigma is nearest to the noise level that it asks for, if it asks for one.

    Steps are so many, so levels are: the nearest is mostly within a few per cent. `name`: the decoder's. Raises
    CMCError where the decoder does not tell its levels, and for one out of their reach.
    """
    asked = sampling.noise_level
    if asked is None:
        return sampling
    levels = _levels(decoder, sampling, size)
    if not levels:
        raise CMCError(f"--noise_level: {name} does not tell at which noise it starts; give --strength")
    least, most = min(levels), max(levels)
    if not least / REACH <= asked <= most * REACH:
        steps = f"{sampling.steps} steps of {name} start at {least:.3g} to {most:.3g}"
        raise CMCError(f"--noise_level {asked:g}: {steps}; ask for one of those, or for other --steps")
    return replace(sampling, strength=levels[min(levels, key=lambda level: abs(log(level / asked)))])


def _levels(decoder: Decoder, sampling: Sampling, size: Size) -> dict[float, float]:
    """Strengths by the sigma, over 0, that they start at: one a step."""
    levels = {}
    for step in range(1, sampling.steps + 1):
        strength = step / sampling.steps
        sigma = _sigma(decoder, replace(sampling, strength=strength), size)
        if sigma:
            levels[sigma] = strength
    return levels


def start_sigmas(sampling: Sampling, sizes: Sequence[Size], decoder: Decoder, name: str) -> Document:
    """Mean, and least and most, of the sigma at which pictures of these sizes start, one a picture; {} where the
    decoder does not tell it. Raises CMCError for a sampling that it cannot run, and as `at_noise_level`."""
    with faults_told("the decoder's check"):
        decoder.check(sampling)
    counts = Counter(sizes)
    sigmas = {size: _sigma(decoder, at_noise_level(decoder, name, sampling, size), size) for size in counts}
    known = {size: sigma for size, sigma in sigmas.items() if sigma is not None}
    if not known or len(known) < len(counts):
        return {}
    mean = sum(counts[size] * sigma for size, sigma in known.items()) / counts.total()
    return {"sigma": mean, "sigma_range": [min(known.values()), max(known.values())]}


def _sigma(decoder: Decoder, sampling: Sampling, size: Size) -> float | None:
    with faults_told("the decoder's sigma"):
        sigma = decoder.sigma(sampling, size)
        return None if sigma is None else float(sigma)
