"""Images to `.cmc` files, by mode."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.items import SentText
from cmc.core.modes import Mode
from cmc.core.names import existing
from cmc.core.prefetch import prefetched
from cmc.stages.decode_jobs import Images
from cmc.stream.container import pack
from cmc.stream.files import SUFFIX
from cmc.stream.from_folders import Folders, gather
from cmc.stream.stream import Stream


@dataclass(frozen=True)
class PackedImage:
    """One image's files: its GT size (width, height), and bytes by mode; or, in `error`, why it has none.

    over: how many of its texts go further than is read; saved: bytes of all modes that are, or would be, saved by not
    sending that.
    """

    key: str
    size: tuple[int, int]
    sizes_in_bytes: dict[str, int] = field(default_factory=dict)
    over: int = 0
    saved: int = 0
    error: str = ""


@dataclass(frozen=True)
class Packing:
    """What to pack of each image into `target`. cut: by key, the texts as far as they are read, of images where that is
    less than all; trim: send no more than that."""

    modes: Sequence[Mode]
    folders: Folders
    target: Path
    cut: Mapping[str, SentText] = field(default_factory=dict)
    trim: bool = False

    def pack(self, key: str, size: tuple[int, int]) -> tuple[PackedImage, list[bytes]]:
        """What one image's files cost, and the files. Raises CMCError as `gather`, and for what the format has no room
        for."""
        streams, cut = gather(key, size, self.modes, self.folders), self.cut.get(key)
        whole = [pack(stream) for stream in streams]
        shorter = [pack(_with_texts(stream, cut)) for stream in streams] if cut else whole
        files = shorter if self.trim else whole
        sizes_in_bytes = {mode.name: len(data) for mode, data in zip(self.modes, files, strict=True)}
        saved = sum(map(len, whole)) - sum(map(len, shorter))
        over = _differing(self.folders.sent[key], cut) if cut else 0
        return PackedImage(key, size, sizes_in_bytes, over, saved), files

    def file(self, key: str, mode: Mode) -> Path:
        """Where a mode's stream of an image lies."""
        return self.target / mode.name / f"{key}{SUFFIX}"

    def remove(self, keys: Iterable[str]) -> None:
        """Take away streams of images that have none now: what they were made from is another, or gone."""
        for key in keys:
            for mode in self.modes:
                existing(self.file(key, mode)).unlink(missing_ok=True)


def _with_texts(stream: Stream, sent: SentText) -> Stream:
    """A stream with other texts, where its mode sends them."""
    return replace(
        stream,
        text=sent.overall if stream.mode.captioned else "",
        details=sent.details if stream.details else (),
    )


def _differing(first: SentText, second: SentText) -> int:
    return sum(one != other for one, other in zip(first.parts, second.parts, strict=True))


def pack_images(keys: Sequence[str], images: Images, packing: Packing, workers: int) -> Iterator[PackedImage]:
    """Write <mode>/<key>.cmc of each, in order; one that cannot be packed comes back with `error`."""

    def pack_one(key: str) -> tuple[PackedImage, list[bytes]]:
        try:
            return packing.pack(key, images.sizes[key])
        except CMCError as error:
            return PackedImage(key, images.sizes[key], error=str(error)), []

    for key, (image, files) in prefetched(pack_one, keys, workers, depth=2 * workers):
        for mode, data in zip(packing.modes, files, strict=not image.error):
            write_atomic(packing.file(key, mode), data)
        yield image
