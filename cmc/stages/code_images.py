"""Pictures to streams and back: `<key>.png` of what a stream decodes to, the stream, and its row in `streams.csv`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from cmc.codecs.base import Coded
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb, save_png
from cmc.core.prefetch import prefetched
from cmc.stages.stream_sizes import StreamSize, StreamTable

# An image to (the setting that it was coded with, None for a pixel grid; the coded picture). Raises CMCError.
Coder = Callable[[Image.Image], tuple[int | None, Coded]]


@dataclass(frozen=True)
class CodedImage:
    """One image: its row in `streams.csv`, or in `error` why there is none."""

    name: str
    row: StreamSize | None = None
    error: str = ""


def code_images(
    images: Mapping[str, Path], folder: Path, streams: Path, suffix: str, code: Coder, workers: int
) -> Iterator[CodedImage]:
    """Fill `folder` with `<key>.png`, and `streams` with `<key><suffix>` and the table, in order.

    A picture that is there whole, with its row, is left as it is. An image that cannot be read or coded comes back
    with `error`.
    """
    table = StreamTable(streams)
    rows = table.read()

    def code_one(item: tuple[str, Path]) -> CodedImage:
        key, path = item
        stream, picture = streams / f"{key}{suffix}", folder / f"{key}.png"
        row = rows.get(key)
        if row and picture.is_file() and stream.is_file() and stream.stat().st_size == row.size_in_bytes:
            return CodedImage(key, row)
        try:
            image = load_rgb(path)
            qp, coded = code(image)
        except CMCError as error:
            return CodedImage(key, error=str(error))
        write_atomic(stream, coded.stream)
        save_png(picture, coded.picture)
        return CodedImage(key, StreamSize(key, *image.size, qp, len(coded.stream), coded.encode_s, coded.decode_s))

    with table:
        for _, coded in prefetched(code_one, images.items(), workers, depth=2 * workers):
            if coded.row:
                table.add(coded.row)
            yield coded
