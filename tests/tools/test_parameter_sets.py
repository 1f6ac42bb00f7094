"""The table of heads is made from whole streams, whatever table the codecs use themselves."""

import pytest
from PIL import Image

from cmc.codecs import parameter_sets
from cmc.registry import CODECS
from tools.parameter_sets import head

# What a stream of each kind begins with: a video parameter set, a sequence parameter set, a file type box.
STARTS = {"hevc": "000000014001", "avc": "0000000167", "avif": b"\0\0\0\x20ftyp".hex()}


@pytest.mark.parametrize("codec", STARTS)
def test_a_head_is_the_stream_s_own_up_to_its_body(codec: str) -> None:
    size = (96, 64)
    found = head(codec, size)
    assert found.startswith(STARTS[codec])
    other = CODECS.get(codec).create().encode(Image.effect_noise(size, 60).convert("RGB"))
    whole = parameter_sets.restore(codec, other)
    body = parameter_sets.BODIES[codec].search(whole)
    assert body is not None
    shared = 16 if codec == "avif" else body.end()  # boxes of a file say how long its picture is
    assert whole[:shared].hex() == found[: 2 * shared]
