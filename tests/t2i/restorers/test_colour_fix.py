"""Colour fixes against upstream's numbers."""

from cmc.t2i.restorers.colour_fix import adain_colour_fix, wavelet_colour_fix, wavelet_split
from tests.golden import golden


def test_wavelet_is_upstreams() -> None:
    data = golden("wavelet_colour_fix")
    high, low = wavelet_split(data.inputs["content"], data.config["levels"])
    data.check("content_high", high)
    data.check("content_low", low)
    data.check("result", wavelet_colour_fix(data.inputs["content"], data.inputs["style"]))


def test_adain_is_upstreams() -> None:
    data = golden("adain_colour_fix")
    data.check("result", adain_colour_fix(data.inputs["content"], data.inputs["style"]))
