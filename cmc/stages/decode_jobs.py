"""From folders to jobs: which images a decoding run generates, from which captions and which starting images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cmc.codecs.grid_geometry import BENCHMARK, read_grid
from cmc.core.caption_origins import read_origins
from cmc.core.captions import read_captions
from cmc.core.choice import Choice
from cmc.core.errors import CMCError, ImageError, lines, some
from cmc.core.ground_truth import list_ground_truth
from cmc.core.images import probe
from cmc.core.items import SentText, sent_of
from cmc.core.modes import Mode
from cmc.core.origin import Origin
from cmc.core.seeds import seed_for
from cmc.core.tables import read_csv, whole_number
from cmc.core.workspace import SIZES, Workspace, check_pairs, has_images, key_of, list_images, name_in
from cmc.maps.map_file import FOLDER, list_maps
from cmc.stages.jobs import Job

# Captions to decode when none are named: the benchmark's released ones, else the default encoder's.
DEFAULT_CAPTIONS = ("gpt4v.csv", "Qwen.csv")
# A picture's (width, height). Raises ImageError.
SizeOf = Callable[[Path], tuple[int, int]]


@dataclass(frozen=True)
class Images:
    """GT sizes (width, height) of a run by key, the keys that it leaves out, the files that cannot be read, and, where
    there is ground truth, its files."""

    sizes: dict[str, tuple[int, int]]
    beyond: frozenset[str] = frozenset()
    unreadable: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)


def find_images(space: Workspace, folder: Path | None, choice: Choice, partial: bool, size: SizeOf = probe) -> Images:
    """The images of a run and their sizes: those in `folder` (default: GT), or of a table of sizes; or, on a machine
    that was sent streams and has no ground truth, those of the table that unpacking them wrote. `size`: as `probe`, if
    remembered."""
    table = space.root / SIZES if folder is None else folder
    if table.is_file() and (folder or not has_images(space.gt)):
        sizes = read_sizes(table)
        keys, beyond = choice.split(sizes)
        return Images({key: sizes[key] for key in keys}, beyond)
    return measure(list_ground_truth(folder or space.gt), choice, partial, size)


def read_sizes(path: Path) -> dict[str, tuple[int, int]]:
    """(width, height) by image key, sorted, of a table name,width,height. Raises CMCError where it is no such table."""
    sizes: dict[str, tuple[int, int]] = {}
    try:
        for record in read_csv(path, ("name", "width", "height")):
            key = key_of(name_in(record))
            if key in sizes:
                raise CMCError(f"{record.place}: {key} is there already")
            sizes[key] = whole_number(record, "width"), whole_number(record, "height")
    except CMCError as error:
        raise CMCError(f"{error}; unpack the streams anew") from error
    return dict(sorted(sizes.items()))


def measure(images: Mapping[str, Path], choice: Choice, partial: bool, size: SizeOf = probe) -> Images:
    """Sizes of the images of a choice. Raises CMCError, naming the unreadable, unless `partial`."""
    keys, beyond = choice.split(images)
    sizes, unreadable = {}, {}
    for key in keys:
        try:
            sizes[key] = size(images[key])
        except ImageError as error:
            unreadable[key] = str(error)
    if unreadable and not (partial and sizes):
        summary = f"{len(unreadable)} of {len(keys)} images cannot be used"
        raise CMCError(f"{summary}; mend that, or --allow_partial goes on without:{lines(unreadable.values())}")
    return Images(sizes, beyond, unreadable, {key: images[key] for key in sizes})


def caption_file(space: Workspace, named: str) -> Path:
    """The caption CSV that a user means: a path, from here, from the root or in Text; the name of an encoder; or,
    unnamed, the default.

    Raises CMCError with where it was looked for, and what is there.
    """
    folder = space.text
    if named:
        paths = [Path(named), space.root / named, folder / named, folder / f"{named}.csv"]
    else:
        paths = [folder / name for name in DEFAULT_CAPTIONS]
    for path in paths:
        if path.is_file():
            return path
    tables = sorted(path.name for path in folder.glob("*.csv") if not path.name.endswith(".failed.csv"))
    listed = f"Text holds {some(tables) or 'none'}"
    places = [space.root, folder] if named else [folder]
    where = f"{named!r}, neither here nor in" if named else f"{' or '.join(DEFAULT_CAPTIONS)} in"
    raise CMCError(
        f"no captions {where} {' or '.join(map(str, places))} ({listed}); run script-i2t.py or give --input_path"
    )


@dataclass(frozen=True)
class Captions:
    """A caption table, and of its captions that say so what they were made from, by key."""

    path: Path
    texts: Mapping[str, str]
    origins: Mapping[str, Origin]

    def sent(self, items: int) -> dict[str, SentText]:
        """What a decoder that reads `items` is sent, by key."""
        return {key: sent_of(text, items) for key, text in self.texts.items()}


def load_captions(path: Path) -> Captions:
    """A caption table. Raises CMCError as `read_captions`."""
    texts = read_captions(path)
    return Captions(path, texts, read_origins(path, texts, key_of))


def make_jobs(
    mode: Mode, images: Images, captions: Captions | None, ref_dir: Path, seed: int, partial: bool, items: int = 0
) -> tuple[list[Job], dict[str, str]]:
    """(jobs sorted by name, reasons by name of images that cannot be made) of one mode.

    `captions` is None where the decoder reads none; `items`: how many of a structured caption's it is sent. Raises
    CMCError, naming them, for images without caption, reference or maps and for those without image, unless `partial`.
    """
    failed = dict(images.unreadable)
    references = list_images(ref_dir / mode.reference) if mode.reference else {}
    sent = captions.sent(items) if captions else {}
    maps = list_maps(ref_dir / FOLDER) if any(text.details for text in sent.values()) else {}
    partners: list[tuple[str, set[str]]] = []
    if captions is not None:
        partners.append((f"caption for {mode.name} mode", {key for key, text in captions.texts.items() if text}))
    if mode.reference:
        partners.append((f"reference in {ref_dir / mode.reference}", set(references)))
    if maps or any(sent[key].details for key in images.sizes if key in sent):
        without_items = {key for key in images.sizes if key in sent and not sent[key].details}
        partners.append((f"map in {ref_dir / FOLDER} (cmc maps makes them)", maps.keys() | without_items))
    for partner, partner_keys in partners:
        paired = check_pairs(partner, list(images.sizes), partner_keys - images.beyond - failed.keys(), partial)
        failed |= {key: f"no {partner}" for key in images.sizes if key not in paired}
    grid = read_grid(ref_dir / "pixel") if mode.reference == "pixel" else BENCHMARK
    jobs = []
    for key in (key for key in images.sizes if key not in failed):
        text = sent.get(key, SentText((), ""))
        prompt, where = mode.prompt or text.overall, maps[key] if text.details else None
        job = Job(key, images.sizes[key], prompt, references.get(key), seed_for(seed, key), grid=grid)
        jobs.append(replace(job, details=text.details, maps=where))
    return jobs, failed
