"""The pictures of a rating study: chosen from results, copied as a browser shows them, and their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from PIL import Image

from cmc.core.digests import DIGITS
from cmc.core.errors import CMCError
from cmc.core.files import sha256, write_atomic
from cmc.core.images import load_rgb, save_png
from cmc.core.origin import read_origin
from cmc.core.tables import format_csv, read_csv
from cmc.core.workspace import key_of
from cmc.raters.design import Design
from cmc.stages.evaluate_tasks import Candidate, Task

# Chunks by which browsers change colours, and metrics do not.
COLOUR_CHUNKS = {"icc_profile", "gamma", "chromaticity", "transparency", "exif"}


@dataclass(frozen=True)
class RatedPicture:
    """name: <target>/<mode>/<key>; stratum: the decoder (the targets of which each picture is of one) and the mode;
    image, reference: files below the study's folder; digests: of those."""

    name: str
    stratum: str
    image: str
    reference: str
    image_digest: str = ""
    reference_digest: str = ""


COLUMNS = tuple(field.name for field in fields(RatedPicture))


@dataclass(frozen=True)
class Sources:
    """The pictures to be rated, those kept for training and dummies, and where the files of both are copied from."""

    rated: list[RatedPicture]
    aside: list[RatedPicture]
    files: dict[str, Path]


def choose_pictures(tasks: Sequence[Task], decoders: Sequence[Sequence[str]], design: Design) -> Sources:
    """A picture of every ground truth by every decoder in each of its modes. A decoder of several targets (the same at
    other strengths) gives a picture of one of them, drawn by the seed (section 3.4: strengths at random). Raises
    CMCError where none is left to be rated, and for a target that is named twice."""
    named = [target for decoder in decoders for target in decoder]
    twice = sorted({target for target in named if named.count(target) > 1})
    if twice:
        raise CMCError(f"{' and '.join(twice)} is named twice, and nobody rates a picture twice; name it once")
    keys = sorted(key_of(task.gt.name) for task in tasks)
    kept = set(design.generator("ground truths").sample(keys, min(design.aside, len(keys))))
    sources = Sources([], [], {})
    for task in tasks:
        key = key_of(task.gt.name)
        reference = f"GT/{key}.png"
        for stratum, candidate in _one_of_each(task, decoders, design):
            name = f"{candidate.target}/{candidate.mode}/{key}"
            picture = RatedPicture(name, stratum, f"Result/{name}.png", reference)
            (sources.aside if key in kept else sources.rated).append(picture)
            sources.files[picture.image] = candidate.path  # type: ignore[assignment]
            sources.files[reference] = task.gt
    if not sources.rated:
        counts = f"{len(keys)} image(s), {len(kept)} of them kept aside"
        raise CMCError(f"{counts}, leave none to rate; take more, or lower --aside")
    return sources


def _one_of_each(task: Task, decoders: Sequence[Sequence[str]], design: Design) -> Iterable[tuple[str, Candidate]]:
    for decoder in decoders:
        by_mode: dict[str, list[Candidate]] = {}
        for candidate in task.candidates:
            if candidate.target in decoder and candidate.path is not None:
                by_mode.setdefault(candidate.mode, []).append(candidate)
        for mode, candidates in by_mode.items():
            stratum = f"{','.join(decoder)}/{mode}"
            yield stratum, design.generator(stratum, task.gt.name).choice(candidates)


def copy_picture(source: Path, target: Path) -> str:
    """The digest of a picture's copy, a PNG of the RGB pixels that metrics read, without what would have a browser show
    other colours. Raises ImageError for what is no picture."""
    if not _is_plain(source):
        save_png(target, load_rgb(source), read_origin(source), level=1)
    elif not target.is_file() or sha256(target) != sha256(source):
        write_atomic(target, source.read_bytes())
    return sha256(target)[:DIGITS]


def _is_plain(path: Path) -> bool:
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.mode == "RGB" and not COLOUR_CHUNKS & image.info.keys()
    except (OSError, SyntaxError, ValueError):
        return False


def pictures_csv(pictures: Iterable[RatedPicture]) -> str:
    """The table of pictures."""
    return format_csv(COLUMNS, ([getattr(picture, column) for column in COLUMNS] for picture in pictures))


def read_pictures(path: Path) -> dict[str, RatedPicture]:
    """The pictures by name."""
    pictures = (RatedPicture(**{column: record[column] for column in COLUMNS}) for record in read_csv(path, COLUMNS))
    return {picture.name: picture for picture in pictures}
