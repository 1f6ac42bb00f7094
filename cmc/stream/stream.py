"""What the decoder gets of one image, before it is bytes."""

from dataclasses import dataclass

import numpy as np

from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.core.errors import CMCError
from cmc.core.items import SentText
from cmc.core.modes import Mode
from cmc.stream.header import FIRST, SECOND


@dataclass(frozen=True)
class Stream:
    """What the decoder gets of one image.

    size: GT (width, height); text: the caption, or of a structured one the overall description, "" in image mode;
    details: of its items, and maps, bool (items, 8, 8): where they are, in full and pixel mode; grid: levels, uint8
    (rows, columns, 3), of geometry `geometry`, in pixel mode; codec, picture and weights: name and bytes of the codec
    stream in full and image mode, and what tells the weights of a learned codec, b"" of another.
    """

    mode: Mode
    size: tuple[int, int]
    text: str = ""
    grid: np.ndarray | None = None
    codec: str = ""
    picture: bytes = b""
    details: tuple[str, ...] = ()
    maps: np.ndarray | None = None
    geometry: PixelGrid = BENCHMARK
    weights: bytes = b""

    @property
    def sent(self) -> SentText:
        """The texts."""
        return SentText(self.details, self.text)

    @property
    def version(self) -> int:
        """Of the format: the first that has room for it."""
        other_grid = self.grid is not None and self.geometry != BENCHMARK
        return SECOND if self.details or other_grid or self.weights else FIRST

    def check(self) -> None:
        """Raises CMCError for details that do not each have a map, and for texts that would not come back: with
        details, every one is sent as a line."""
        maps = 0 if self.maps is None else len(self.maps)
        if maps != len(self.details):
            raise CMCError(f"expected a map for each of {len(self.details)} details, found {maps}; see cmc maps")
        if not self.details:
            return
        if not self.mode.itemised:
            raise CMCError(f"details are sent in full and pixel mode, not in {self.mode.name} mode; leave them out")
        broken = [text for text in self.sent.parts if not text or text != " ".join(text.split())]
        if broken:
            raise CMCError(f"expected details and the overall description on a line each, found {broken[0]!r}")
