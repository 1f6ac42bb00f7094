"""What the paper's sweeps run over: the length of captions, and the denoising strength (appendix A.4, A.5)."""

from collections.abc import Callable
from dataclasses import dataclass

from cmc.core.modes import MODES
from cmc.studies.setting import Setting

# The decoder without a model.
REFERENCE = "reference"
TEXT_BPP = "bits per pixel of text"


@dataclass(frozen=True)
class Axis:
    """A field of settings. title: of the axis; value: of a setting in a mode, None where it states none; counts:
    whether a setting in a mode depends on it; over_text: whether it is told by the bits of text, where measured."""

    name: str
    title: str
    value: Callable[[Setting, str], float | None]
    counts: Callable[[Setting, str], bool]
    over_text: bool


AXES = (
    Axis(
        "words",
        "expected words of a caption",
        value=lambda setting, mode: setting.words,
        counts=lambda setting, mode: bool(setting.encoder) and MODES[mode].captioned,
        over_text=True,
    ),
    Axis(
        "strength",
        "denoising strength",
        value=lambda setting, mode: MODES[mode].strength if setting.strength is None else setting.strength,
        counts=lambda setting, mode: setting.decoder != REFERENCE and MODES[mode].reference is not None,
        over_text=False,
    ),
)
