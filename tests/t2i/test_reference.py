import numpy as np

from cmc.registry import T2I
from cmc.t2i.base import Request, Sampling
from tests.conftest import photo


def test_the_reference_comes_back_untouched() -> None:
    image = photo("coffee.png").resize((33, 21))
    decoder = T2I.get("reference").create(None, "cpu", None)
    picture = decoder.render([Request("a", "", image.size, image, 1)], Sampling("image", 0.5, 40))[0]
    assert np.array_equal(np.round(picture.pixels * 255).astype(np.uint8), np.asarray(image))
    assert decoder.max_side is None
    assert "text" not in T2I.get("reference").facts.modes
