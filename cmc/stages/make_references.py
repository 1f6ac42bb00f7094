"""References from ground truth: `Ref/pixel` grids and `Ref/image` codec pictures, each with the stream it came from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from cmc.codecs import pixelgrid
from cmc.codecs.base import Codec
from cmc.core.errors import CMCError, ImageError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb, probe, save_png
from cmc.core.prefetch import prefetched

# Of VVC in the benchmark (CMC-Bench, appendix, on table A1).
QP = 53

Coder = Callable[[Image.Image], tuple[bytes, Image.Image]]


@dataclass(frozen=True)
class Reference:
    """One reference made: its stream's size in bytes, or why it failed."""

    name: str
    size: tuple[int, int]
    bytes: int = 0
    error: str = ""


def pixel_coder(image: Image.Image) -> tuple[bytes, Image.Image]:
    """(stream, picture): block means quantised to 4 bits a channel, shown from the stream read back."""
    stream = pixelgrid.pack(pixelgrid.to_levels(image))
    return stream, pixelgrid.to_image(pixelgrid.unpack(stream, image.size))


def codec_coder(codec: Codec) -> Coder:
    """(stream, picture) of a codec: the picture is what the stream decodes to."""

    def code(image: Image.Image) -> tuple[bytes, Image.Image]:
        coded = codec.code(image)
        return coded.stream, coded.picture

    return code


def make_references(
    images: Mapping[str, Path], folder: Path, suffix: str, code: Coder, workers: int
) -> Iterator[Reference]:
    """Fill `folder` with `<key>.png` and its stream `<key><suffix>`, in order; what is there is only measured.

    An image that cannot be read or coded comes back with `error` set.
    """

    def one(item: tuple[str, Path]) -> Reference:
        key, path = item
        stream, picture = folder / f"{key}{suffix}", folder / f"{key}.png"
        try:
            if stream.is_file() and picture.is_file():
                return Reference(key, probe(path), stream.stat().st_size)
            image = load_rgb(path)
            data, shown = code(image)
        except (ImageError, CMCError) as error:
            return Reference(key, (0, 0), error=str(error))
        write_atomic(stream, data)
        save_png(picture, shown)
        return Reference(key, image.size, len(data))

    for _, made in prefetched(one, images.items(), workers, depth=2 * workers):
        yield made
