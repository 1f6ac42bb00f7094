"""Pictures to streams and back: `<key>.png` of what a stream decodes to, the stream, and its row in `streams.csv`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from PIL import Image

from cmc.codecs.base import Coded
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb, save_png
from cmc.core.origin import UNKNOWN, Origin, digest, read_origin, text_digest
from cmc.core.prefetch import prefetched
from cmc.stages.stream_sizes import StreamSize, StreamTable

# An image, with its key, to (the setting that it was coded with, None for a pixel grid; the coded picture). Raises
# CMCError.
Coder = Callable[[str, Image.Image], tuple[int | None, Coded]]


@dataclass(frozen=True)
class CodedImage:
    """One image: its row in `streams.csv`, or in `error` why there is none; `stale`: what the one that lay there had
    been made from, "" where there was none or it was left as it was."""

    name: str
    row: StreamSize | None = None
    error: str = ""
    stale: str = ""


@dataclass(frozen=True)
class CodedFolder:
    """Where coded images lie: pictures, and streams with their table; `settings`: the digest of how they are made."""

    pictures: Path
    streams: Path
    suffix: str
    settings: str

    def picture(self, key: str) -> Path:
        """The file of what an image's stream decodes to."""
        return self.pictures / f"{key}.png"

    def stream(self, key: str) -> Path:
        """The file of an image's stream."""
        return self.streams / f"{key}{self.suffix}"

    def fault(self, row: StreamSize, now: Origin) -> str:
        """What the files of a row were made from that is not so `now`; "" for what can be left as it is.

        A picture, its stream and its row are written one after the other: they must name each other.
        """
        picture, stream = self.picture(row.name), self.stream(row.name)
        if not picture.is_file() or not stream.is_file():
            return "files that are gone"
        if row.origin.gt == "":
            return f"something unknown ({UNKNOWN})"
        differences = row.origin.differences(replace(now, stream=digest(stream.read_bytes())))
        if not differences and read_origin(picture) != row.origin:
            differences = ["another stream"]
        return " and ".join(differences)


def code_images(
    images: Mapping[str, Path],
    folder: CodedFolder,
    code: Coder,
    digests: FileDigests,
    workers: int,
    *,
    overwrite: bool = False,
    captions: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[CodedImage]:
    """Fill `folder` with pictures, streams and their table, in order.

    What was made from the same ground truth in the same way is left as it is, unless `overwrite`. An image that
    cannot be read or coded comes back with `error`. captions: those that `code` reads, by key.
    """
    table = StreamTable(folder.streams)

    def code_one(item: tuple[str, Path]) -> CodedImage:
        key, path = item
        row = table.rows.get(key)
        caption = text_digest(captions[key]) if key in captions else ""
        now = Origin(gt=digests.of_file(path), settings=folder.settings, caption=caption)
        stale = folder.fault(row, now) if row else ""
        if row and not stale and not overwrite:
            return CodedImage(key, row)
        try:
            image = load_rgb(path)
            qp, coded = code(key, image)
        except CMCError as error:
            return CodedImage(key, error=str(error), stale=stale)
        origin = replace(now, stream=digest(coded.stream))
        write_atomic(folder.stream(key), coded.stream)
        save_png(folder.picture(key), coded.picture, origin)
        row = StreamSize(key, *image.size, qp, len(coded.stream), coded.encode_s, coded.decode_s, origin)
        return CodedImage(key, row, stale=stale)

    with table:
        for _, coded in prefetched(code_one, images.items(), workers, depth=2 * workers):
            if coded.row:
                table.add(coded.row)
            yield coded
