"""Codecs as rivals of the generative decoders: the same pictures, from nothing but a codec's stream."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PIL import Image

from cmc.codecs.base import Codec, Coded
from cmc.core.bits import bpp
from cmc.core.errors import CMCError, ImageError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb, save_png
from cmc.core.prefetch import prefetched
from cmc.registry import Entry
from cmc.stages.stream_sizes import Ledger, Line
from cmc.stream.header import LENGTH

# Streams lie beside the pictures, in a folder that no list of pictures looks into.
STREAMS = "streams"


@dataclass(frozen=True)
class Quality:
    """A fixed `qp`, or a rate in bpp not to exceed, for which `qp` is searched by image."""

    qp: int | None = None
    bpp: float | None = None


@dataclass(frozen=True)
class Rival:
    """One picture made: its line of the ledger, or why there is none. `above`: even the coarsest setting exceeds the
    rate asked for."""

    name: str
    line: Line | None = None
    error: str = ""
    above: bool = field(default=False)


def code_images(
    images: Mapping[str, Path], folder: Path, entry: Entry, quality: Quality, workers: int
) -> Iterator[Rival]:
    """Fill `folder` with `<key>.png` and `streams/<key><suffix>`, in order, noting each in `streams/streams.csv`.

    What is there, noted and whole is left as it is. An image that cannot be read or coded comes back with `error`.
    """
    ledger = Ledger(folder / STREAMS)
    known = ledger.read()

    def one(item: tuple[str, Path]) -> Rival:
        key, path = item
        stream, picture = folder / STREAMS / f"{key}{entry.facts['suffix']}", folder / f"{key}.png"
        line = known.get(key)
        if line and picture.is_file() and stream.is_file() and stream.stat().st_size == line.bytes:
            return _rival(line, quality)
        try:
            image = load_rgb(path)
            qp, coded = _code(image.size, partial(_at, entry, image), entry, quality)
        except (ImageError, CMCError) as error:
            return Rival(key, error=str(error))
        write_atomic(stream, coded.stream)
        save_png(picture, coded.picture)
        return _rival(Line(key, *image.size, qp, len(coded.stream), coded.encode_s, coded.decode_s), quality)

    with ledger:
        for _, made in prefetched(one, images.items(), workers, depth=2 * workers):
            if made.line:
                ledger.add(made.line)
            yield made


def _rival(line: Line, quality: Quality) -> Rival:
    return Rival(line.name, line, above=quality.bpp is not None and line.bpp > quality.bpp)


def _at(entry: Entry, image: Image.Image, qp: int) -> Coded:
    codec: Codec = entry.create(qp=qp)
    return codec.code(image)


def _code(size: tuple[int, int], at: Callable[[int], Coded], entry: Entry, quality: Quality) -> tuple[int, Coded]:
    """(qp, picture coded with it). A search ends with the finest setting within the rate, or else the coarsest; its
    encoding time is that of all tries."""
    if quality.bpp is None:
        qp = entry.facts["qp"][0] if quality.qp is None else quality.qp
        return qp, at(qp)
    coarse, fine = entry.facts["qp"]
    step = 1 if fine > coarse else -1
    low, high = 0, abs(fine - coarse)  # steps from the coarsest; `low` is what is known to fit
    best = at(coarse)
    seconds = best.encode_s
    if _rate(best, size) > quality.bpp:
        return coarse, best
    while low < high:
        middle = (low + high + 1) // 2
        tried = at(coarse + step * middle)
        seconds += tried.encode_s
        if _rate(tried, size) <= quality.bpp:
            low, best = middle, tried
        else:
            high = middle - 1
    return coarse + step * low, replace(best, encode_s=seconds)


def _rate(coded: Coded, size: tuple[int, int]) -> float:
    return bpp(LENGTH + len(coded.stream), size)
