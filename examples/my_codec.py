"""A codec of three bytes: cmc codec --plugin examples/my_codec.py --codec flat --qp 3,1"""

from PIL import Image

from cmc.codecs.base import Codec
from cmc.core.errors import CMCError
from cmc.registry import CODECS


class Flat(Codec):
    def __init__(self, qp: int) -> None:
        self.step = 2**qp

    def encode(self, image: Image.Image) -> bytes:
        mean = image.resize((1, 1), Image.Resampling.BOX).tobytes()
        return bytes(value // self.step * self.step for value in mean)

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        if len(stream) != 3:
            raise CMCError(f"expected 3 bytes of a flat picture, found {len(stream)}; encode the image anew")
        return Image.new("RGB", size, tuple(stream))


@CODECS.register("flat", suffix=".flat", qp=(7, 0), standard="the mean colour, cut to steps of 2 to the power of qp")
def flat(qp: int = 7, **options: object) -> Codec:
    return Flat(qp)
