"""What a codec is: a picture in, bytes out, and the picture that those bytes decode to."""

from abc import ABC, abstractmethod

from PIL import Image


class Codec(ABC):
    """A still-picture codec at one quality setting."""

    @abstractmethod
    def encode(self, image: Image.Image) -> bytes:
        """The whole stream of an 8-bit RGB picture, all that `decode` needs."""

    @abstractmethod
    def decode(self, stream: bytes) -> Image.Image:
        """The picture of a stream, 8-bit RGB, at the size that was encoded."""
