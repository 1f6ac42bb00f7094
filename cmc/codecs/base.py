"""What a codec is: a picture in, bytes out, and the picture that those bytes decode to."""

from abc import ABC, abstractmethod

from PIL import Image


class Codec(ABC):
    """A still-picture codec at one quality setting."""

    @abstractmethod
    def encode(self, image: Image.Image) -> bytes:
        """The whole stream of an 8-bit RGB picture."""

    @abstractmethod
    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        """The 8-bit RGB picture of a stream; `size` is the (width, height) that was encoded, which no stream repeats.

        Raises CMCError for a stream that is damaged or of another size.
        """
