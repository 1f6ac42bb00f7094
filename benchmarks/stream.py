"""What the stream costs and how fast it is, as a section of Markdown on the screen.

    python -m benchmarks.stream

Captions: tests/stream/captions.txt, which took no part in making the word table. Pixels: photographs of scikit-image
that took no part in fitting the weights. Speed: processor time, one thread, 1024x1024, files read and written, no
model; the wait for the disk is not in it.
"""

import io
import os
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import brotli
import numpy as np
import skimage
from PIL import Image

from cmc.cli import pack, unpack
from cmc.codecs.pixelgrid import to_image, to_levels
from cmc.core.captions import write_captions
from cmc.core.images import load_rgb, save_png
from cmc.core.workspace import Workspace
from cmc.stream import grid_coder, word_model

CAPTIONS = Path(__file__).parents[1] / "tests" / "stream" / "captions.txt"
PHOTOS = ("astronaut.png", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg")
COUNT = 200


def _best_brotli(raw: bytes) -> bytes:
    tries = [(mode, window) for mode in (0, 1) for window in (10, 16, 22, 24)]
    return min((brotli.compress(raw, mode=m, quality=11, lgwin=w) for m, w in tries), key=len)


CODERS: dict[str, Callable[[str], bytes]] = {
    "raw UTF-8": lambda text: text.encode(),
    "deflate, level 9, no container": lambda text: zlib.compress(text.encode(), 9, -15),
    "Brotli, quality 11, best of 8 settings": lambda text: _best_brotli(text.encode()),
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
        photo = _photo(name)
        for scale in (1, 2):
            levels = to_levels(photo.resize((photo.width * scale, photo.height * scale), Image.Resampling.BICUBIC))
            coded, raw = 8 * len(grid_coder.encode(levels)), 4 * levels.size
            title = f"{name}, {photo.width * scale}x{photo.height * scale}"
            print(f"| {title} | {levels.shape[1]}x{levels.shape[0]} | {raw} | {coded} | {100 * coded / raw:.1f} |")


def _photo(name: str) -> Image.Image:
    return load_rgb(Path(skimage.__file__).parent / "data" / name)


def speed_table() -> None:
    """Images a second of pack, unpack, and both, in text and pixel mode."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"\nImages a second of one core (processor time), {COUNT} of 1024x1024, from folders to streams and back:\n")
    print("| mode | pack/s | unpack/s | both/s |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace(Path(folder))
        _fill(space)
        for mode in ("text", "pixel"):
            packing = ["--mode", mode, "--input_path", "test", "--workers", "1", "--root", folder]
            packed = _seconds(lambda arguments=packing: pack.main(arguments))
            unpacking = [f"{folder}/Stream/{mode}", "--root", f"{folder}/{mode}", "--workers", "1"]
            unpacked = _seconds(lambda arguments=unpacking: unpack.main(arguments))
            print(f"| {mode} | {COUNT / packed:.0f} | {COUNT / unpacked:.0f} | {COUNT / (packed + unpacked):.0f} |")


def _fill(space: Workspace) -> None:
    """COUNT crops of photographs at 1024x1024 with pixel references, and captions."""
    photos = [_photo(name) for name in PHOTOS]
    texts = CAPTIONS.read_text(encoding="utf-8").splitlines()
    captions = {}
    for number in range(COUNT):
        photo = photos[number % len(photos)]
        left = number % 64
        crop = photo.resize((1024, 1024), box=(left, 0, photo.width - 64 + left, photo.height))
        save_png(space.gt / f"{number:04}.png", crop)
        save_png(space.ref / "pixel" / f"{number:04}.png", to_image(to_levels(crop)))
        captions[f"{number:04}.png"] = texts[number % len(texts)]
    write_captions(space.text / "test.csv", captions)


def _seconds(work: Callable[[], int]) -> float:
    began = time.process_time()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = work()
    assert code == 0, "the benchmark's own files are whole"
    return time.process_time() - began


def main() -> None:
    """Print the section."""
    print("## Streams")
    caption_table()
    pixel_table()
    speed_table()


if __name__ == "__main__":
    main()
