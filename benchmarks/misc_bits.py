"""What MISC's streams cost by part, and how fast they are packed and unpacked, as a section of Markdown on the screen.

    python -m benchmarks.misc_bits

No captions of MISC's encoder are at hand, so structured ones are made of the 71 of tests/stream/captions.txt, by one
seeded rule: the overall description is a caption and two others drawn; a detail is the first seven words of a drawn
one, in lower case, without the mark at its end. Maps are drawn ellipses. Pixels are MISC's grid of crops of photographs
at 1024x1024. Speed: processor time, one thread, files read and written, the least of three rounds, against pixel mode
of one prompt and the benchmark's grid in the same run.
"""

import os
import random
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image

from benchmarks.processes import cost
from benchmarks.stream import CAPTIONS, PHOTOS, pack_all, unpack_all
from cmc.codecs.grid_geometry import BENCHMARK, MISC, PixelGrid
from cmc.codecs.pixelgrid import pack, to_image, to_levels
from cmc.core.bits import bits, bpp
from cmc.core.captions import write_captions
from cmc.core.images import save_png
from cmc.core.items import Item, Items, sent_of
from cmc.core.modes import MODES
from cmc.core.origin import Origin
from cmc.core.run_file import claim
from cmc.core.workspace import Workspace
from cmc.maps.item_map import SIDE
from cmc.maps.map_file import FOLDER, SUFFIX, ItemMaps, write_maps
from cmc.stream import caption_coder
from cmc.stream.container import encode_parts
from cmc.stream.stream import Stream
from tests.conftest import photo

SIZE = (1024, 1024)
NAMES = ("first", "second", "third")
WORDS = 7
# As the published code counts: a byte a character, a bit a place in a map, 16x16 pixels at 48 bits.
PUBLISHED_PIXELS = 12_288
MODE = MODES["pixel"]
# How many items, and which grid.
WAYS = {"one prompt, the benchmark's grid": (0, BENCHMARK), "three items, MISC's grid": (3, MISC)}
ROUNDS = 3


def structured(captions: Sequence[str]) -> list[Items]:
    """A structured caption for each."""
    drawn = random.Random(0)
    made = []
    for caption in captions:
        items = tuple(Item(name, _detail(drawn.choice(captions))) for name in NAMES)
        made.append(Items(items, " ".join([caption, *drawn.sample(captions, 2)])))
    return made


def _detail(caption: str) -> str:
    return " ".join(caption.split()[:WORDS]).lower().rstrip(".,;:")


def ellipses(seed: int) -> np.ndarray:
    """Three maps, bool (3, 8, 8), of an ellipse each."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    centres, radii = dice.uniform(1, SIDE - 1, (3, 2)), dice.uniform(1, 3.5, (3, 2))
    inside = [((rows - y) / h) ** 2 + ((columns - x) / w) ** 2 <= 1 for (y, x), (h, w) in zip(centres, radii)]
    return np.array(inside)


def crop(number: int) -> Image.Image:
    """A crop of a photograph at SIZE."""
    image = photo(PHOTOS[number % len(PHOTOS)])
    left = number % 64
    return image.resize(SIZE, box=(left, 0, image.width - 64 + left, image.height))


def streams(captions: Sequence[Items]) -> list[Stream]:
    """Pixel mode with three items each."""
    return [_stream(number, items) for number, items in enumerate(captions)]


def _stream(number: int, items: Items) -> Stream:
    sent, levels = sent_of(items.to_text()), to_levels(crop(number), MISC)
    return Stream(MODE, SIZE, sent.overall, levels, details=sent.details, maps=ellipses(number), geometry=MISC)


def print_parts(packed: Sequence[Stream]) -> None:
    """Mean bits of every part, raw and as sent, and as published code counts them."""
    ledgers = [encode_parts(stream).ledger() for stream in packed]
    sent = {name: fmean(bits(ledger[name]) for ledger in ledgers) for name in ("header", "text", "maps", "pixels")}
    characters = fmean(bits(len(stream.sent.text.encode())) for stream in packed)
    raw = {"text": characters, "maps": 3.0 * SIDE * SIDE, "pixels": fmean(_raw_pixels(stream) for stream in packed)}
    published = raw | {"pixels": float(PUBLISHED_PIXELS)}
    print("| part | published count | raw bits | bits sent | % of raw |\n|---|---|---|---|---|")
    for name, used in sent.items():
        share = f"{100 * used / raw[name]:.1f}" if name in raw else ""
        before = (f"{published[name]:.0f}", f"{raw[name]:.0f}") if name in raw else ("0", "0")
        print(f"| {name} | {' | '.join(before)} | {used:.0f} | {share} |")
    sums = [sum(published.values()), sum(raw.values()), sum(sent.values())]
    print(f"| all | {' | '.join(f'{total:.0f}' for total in sums)} | {100 * sums[2] / sums[1]:.1f} |")
    print(f"| all, bpp | {' | '.join(f'{bpp(1, SIZE) * total / 8:.5f}' for total in sums)} | |")


def _raw_pixels(stream: Stream) -> int:
    assert stream.grid is not None
    return bits(len(pack(stream.grid, MISC)))


def print_apart(packed: Sequence[Stream]) -> None:
    """What coding details and description as one text gains or costs."""
    together = fmean(bits(len(encode_parts(stream).text)) for stream in packed)
    texts = [(*stream.details, stream.text) for stream in packed]
    apart = fmean(sum(bits(len(caption_coder.encode(text)[1])) for text in of_stream) for of_stream in texts)
    lengths = bits(len(NAMES))
    print(f"\nDetails and description coded as one text take {together:.0f} bits, each on its own {apart:.0f} and")
    print(f"{lengths} more for their lengths.")


def fill(space: Workspace, captions: Sequence[str], grid: PixelGrid) -> None:
    """Ground truth, references of a grid, captions and maps."""
    claim(space.ref / "pixel" / "run.json", {"settings": grid.settings()}, [], overwrite=True, remedy="")
    for number in range(len(captions)):
        image, name = crop(number), f"{number:04}"
        save_png(space.gt / f"{name}.png", image)
        save_png(space.ref / "pixel" / f"{name}.png", to_image(to_levels(image, grid), grid))
        write_maps(space.ref / FOLDER / f"{name}{SUFFIX}", ItemMaps(NAMES, ellipses(number), Origin()))
    write_captions(space.text / "test.csv", {f"{number:04}.png": text for number, text in enumerate(captions)})


def print_speed(captions: Sequence[Items]) -> None:
    """Pictures a second from folders to streams and back, with items and MISC's grid and without."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        spaces = {name: Workspace(Path(folder) / name) for name in WAYS}
        for name, space in spaces.items():
            fill(space, [caption.to_text() for caption in captions], WAYS[name][1])
        rounds = [{name: _seconds(space, WAYS[name][0]) for name, space in spaces.items()} for _ in range(ROUNDS)]
    least = {name: [min(seconds) for seconds in zip(*(times[name] for times in rounds))] for name in WAYS}
    rates = {name: [len(captions) / seconds for seconds in (*least[name], sum(least[name]))] for name in WAYS}
    first = next(iter(rates.values()))[2]
    print(
        f"\nPictures a second of one core (processor time, the least of {ROUNDS} rounds), from folders to streams and"
    )
    print("back, the same ones in both ways:")
    print("\n| pixel mode | pack/s | unpack/s | both/s | times the first |\n|---|---|---|---|---|")
    for name, speeds in rates.items():
        print(f"| {name} | {' | '.join(f'{speed:.0f}' for speed in speeds)} | {speeds[2] / first:.2f} |")


def _seconds(space: Workspace, items: int) -> tuple[float, float]:
    """Of packing all, and of unpacking it."""
    packing = cost(partial(pack_all, space, MODE, space.stream, items)).processor
    return packing, cost(partial(unpack_all, space.stream, Workspace(space.root / "away"))).processor


def main() -> None:
    """Print the section."""
    captions = structured(CAPTIONS.read_text(encoding="utf-8").splitlines())
    packed = streams(captions)
    words = fmean(len(caption.overall.split()) for caption in captions)
    print("## MISC's bits (`python -m benchmarks.misc_bits`)\n")
    print(f"{len(captions)} streams of pixel mode, {SIZE[0]}x{SIZE[1]}, three items each. Captions are made up of the")
    print(f"unseen ones by a seeded rule (details of {WORDS} words, descriptions of {words:.0f} on average), maps are")
    print(
        "drawn ellipses, pixels those of photographs: no answer of MISC's encoder and no map of CLIP is among them.\n"
    )
    print_parts(packed)
    print_apart(packed)
    print_speed(captions)


if __name__ == "__main__":
    main()
