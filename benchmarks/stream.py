"""What the stream costs and how fast it is, as a section of Markdown on the screen.

    python -m benchmarks.stream

Captions: tests/stream/captions.txt, which took no part in making the word table. Pixels: photographs of scikit-image
that took no part in fitting the weights. Speed: processor time, one thread, 1024x1024, files read and written, no
model; the wait for the disk is not in it, nor is the start of a process.
"""

import os
import tempfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import brotli
import numpy as np
from PIL import Image

from benchmarks.processes import cost
from cmc.codecs.pixelgrid import to_image, to_levels
from cmc.core.captions import read_captions, write_captions
from cmc.core.files import write_atomic
from cmc.core.images import probe, save_png
from cmc.core.items import sent_of
from cmc.core.modes import MODES, Mode
from cmc.core.workspace import Workspace, list_images
from cmc.registry import CODECS
from cmc.stream import grid_coder, word_model
from cmc.stream.container import pack
from cmc.stream.files import SUFFIX, list_streams
from cmc.stream.from_folders import Folders, gather
from cmc.stream.restored import Restored
from cmc.stream.to_folders import restore, write_tables
from tests.conftest import photo

CAPTIONS = Path(__file__).parents[1] / "tests" / "stream" / "captions.txt"
PHOTOS = ("astronaut.png", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg")
COUNT = 200


def best_brotli(raw: bytes) -> bytes:
    """The shortest of eight settings' streams."""
    settings = [(mode, window) for mode in (0, 1) for window in (10, 16, 22, 24)]
    return min((brotli.compress(raw, mode=mode, quality=11, lgwin=window) for mode, window in settings), key=len)


CODERS: dict[str, Callable[[str], bytes]] = {
    "raw UTF-8": lambda text: text.encode(),
    "deflate, level 9, no container": lambda text: zlib.compress(text.encode(), 9, -15),
    "Brotli, quality 11, best of 8 settings": lambda text: best_brotli(text.encode()),
    "word model": word_model.encode,
}


def caption_table() -> None:
    """Mean bits and mean share of raw of every coder."""
    captions = [c for c in CAPTIONS.read_text(encoding="utf-8").splitlines() if 10 <= len(c.split()) <= 30]
    print(f"\n{len(captions)} unseen captions of 10-30 words:\n")
    print("| coder | mean bits | mean % of raw | worst % |\n|---|---|---|---|")
    for name, code in CODERS.items():
        sizes = [len(code(caption)) for caption in captions]
        shares = [100 * size / len(caption.encode()) for size, caption in zip(sizes, captions, strict=True)]
        print(f"| {name} | {8 * np.mean(sizes):.0f} | {np.mean(shares):.1f} | {max(shares):.1f} |")


def pixel_table() -> None:
    """Share of raw of the grids of unseen photographs, at their own size and at twice that."""
    print("\nPixel grids of photographs that no weight was fitted on (raw: 12 bits a pixel):\n")
    print("| photograph | grid | raw bits | coded bits | % of raw |\n|---|---|---|---|---|")
    for name in PHOTOS:
        image = photo(name)
        for scale in (1, 2):
            width, height = image.width * scale, image.height * scale
            levels = to_levels(image.resize((width, height), Image.Resampling.BICUBIC))
            coded, raw = 8 * len(grid_coder.encode(levels)), 4 * levels.size
            grid = f"{levels.shape[1]}x{levels.shape[0]}"
            print(f"| {name}, {width}x{height} | {grid} | {raw} | {coded} | {100 * coded / raw:.1f} |")


def speed_table() -> None:
    """Images a second of packing, unpacking, and both, in text and pixel mode."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"\nImages a second of one core (processor time), {COUNT} of 1024x1024, from folders to streams and back:\n")
    print("| mode | pack/s | unpack/s | both/s |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace(Path(folder))
        fill(space)
        for mode in (MODES["text"], MODES["pixel"]):
            streams, unpacked = space.stream / mode.name, Workspace(space.root / mode.name)
            packing = cost(partial(pack_all, space, mode, streams)).processor
            unpacking = cost(partial(unpack_all, streams, unpacked)).processor
            rates = (COUNT / packing, COUNT / unpacking, COUNT / (packing + unpacking))
            print(f"| {mode.name} | {' | '.join(f'{rate:.0f}' for rate in rates)} |")


def fill(space: Workspace) -> None:
    """COUNT crops of photographs at 1024x1024 with pixel references, and captions."""
    photos = [photo(name) for name in PHOTOS]
    texts = CAPTIONS.read_text(encoding="utf-8").splitlines()
    captions = {}
    for number in range(COUNT):
        image = photos[number % len(photos)]
        left = number % 64
        crop = image.resize((1024, 1024), box=(left, 0, image.width - 64 + left, image.height))
        save_png(space.gt / f"{number:04}.png", crop)
        save_png(space.ref / "pixel" / f"{number:04}.png", to_image(to_levels(crop)))
        captions[f"{number:04}.png"] = texts[number % len(texts)]
    write_captions(space.text / "test.csv", captions)


def pack_all(space: Workspace, mode: Mode, target: Path, items: int = 0) -> None:
    """A stream of every image, with so many items."""
    captions = read_captions(space.text / "test.csv")
    sent = {key: sent_of(text, items) for key, text in captions.items()}
    folders = Folders(sent, space.ref, "vvc", CODECS.get("vvc").create(), ".266")
    for key, path in list_images(space.gt).items():
        for stream in gather(key, probe(path), [mode], folders):
            write_atomic(target / f"{key}{SUFFIX}", pack(stream))


def unpack_all(streams: Path, space: Workspace) -> None:
    """Captions, references and sizes of every stream. Raises ValueError for one that does not decode."""
    restored = Restored()
    for path in restore(list_streams([streams]), space, 1, restored):
        if path in restored.failed:
            raise ValueError(f"{path}: {restored.failed[path]}")
    write_tables(restored, space, "test")


def main() -> None:
    """Print the section."""
    print("## Streams")
    caption_table()
    pixel_table()
    speed_table()


if __name__ == "__main__":
    main()
