"""What the paper's sweeps run over: the length of captions, and the noise that is added (appendix A.4, A.5)."""

from collections.abc import Callable
from dataclasses import dataclass

from cmc.core.modes import MODES
from cmc.studies.measurements import Measurement

# The decoder without a model.
REFERENCE = "reference"
STARTS = frozenset({"strength", "noise_level"})
TEXT_BPP = "bits per pixel of text"


@dataclass(frozen=True)
class Axis:
    """What settings are swept over. title: of the axis; fields: of settings that move along it; value: of what was
    measured, None where it states none; counts: whether a measurement depends on it; over_text: whether it is told by
    the bits of text, where measured; log: whether ratios of values matter."""

    name: str
    title: str
    fields: frozenset[str]
    value: Callable[[Measurement], float | None]
    counts: Callable[[Measurement], bool]
    over_text: bool = False
    log: bool = False


def _asked(measurement: Measurement) -> bool:
    return bool(measurement.setting.encoder) and MODES[measurement.mode].captioned


def _started(measurement: Measurement) -> bool:
    return measurement.setting.decoder != REFERENCE and MODES[measurement.mode].reference is not None


def _strength(measurement: Measurement) -> float | None:
    """What was asked for, or the mode's own; None where a noise level was."""
    setting = measurement.setting
    own = MODES[measurement.mode].strength if setting.noise_level is None else None
    return own if setting.strength is None else setting.strength


AXES = (
    Axis(
        "words",
        "expected words of a caption",
        fields=frozenset({"words"}),
        value=lambda measurement: measurement.setting.words,
        counts=_asked,
        over_text=True,
    ),
    Axis(
        "strength",
        "denoising strength",
        fields=STARTS,
        value=_strength,
        counts=_started,
    ),
    # The same sweep where decoders of several schedules compare.
    Axis(
        "noise_level",
        "noise of the start (sigma, noise over signal)",
        fields=STARTS,
        value=lambda measurement: measurement.sigma,
        counts=_started,
        log=True,
    ),
)
