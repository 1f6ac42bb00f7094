import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.registry import CODECS
from tests.conftest import photo


@pytest.mark.parametrize("size", [(96, 64), (75, 51), (1, 100), (9, 8)])
def test_vvc_decodes_to_a_likeness_at_the_same_size(size: tuple[int, int]) -> None:
    image = photo("coffee.png").resize(size)
    codec = CODECS.get("vvc").create(qp=32)
    decoded = codec.decode(codec.encode(image), size)
    assert decoded.size == size
    difference = np.abs(np.asarray(decoded, dtype=int) - np.asarray(image, dtype=int))
    assert difference.mean() < 12


def test_damaged_streams_are_one_error() -> None:
    codec = CODECS.get("vvc").create(qp=53)
    stream = codec.encode(photo("coffee.png").resize((96, 64)))
    for bad in (b"", b"rubbish", stream[: len(stream) // 4]):
        with pytest.raises(CMCError):
            codec.decode(bad, (96, 64))
    with pytest.raises(CMCError, match="no picture of 96x128"):
        codec.decode(stream, (96, 128))
