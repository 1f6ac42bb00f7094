"""The table that the demo metrics are fitted to: distorted scenes and how good each is taken to be."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from cmc.core.files import write_atomic
from cmc.core.images import save_png
from cmc.core.tables import read_csv
from cmc.scenes.attributes import KINDS
from cmc.scenes.render import SEEDS, render
from training.distortions import UNSEEN_BY_NR, spoil

COLUMNS = ("image", "reference", "mos")
# Not among the scenes that the decoder learned: it would generate those better.
FIRST, REFERENCES, SHARE = 20_000, 240, 0.28
Row = tuple[str, str, float]


def distorted_scenes(folder: Path) -> Path:
    """Distorted scenes in a folder and the table image,reference,mos beside them, made once."""
    path = folder / "mos.csv"
    if not path.is_file():
        _write(path, [row for number in range(REFERENCES) for row in _rows(folder, number)])
    return path


def _rows(folder: Path, number: int) -> Iterator[Row]:
    """A reference's pictures, written to the folder."""
    kind = _kind(number)
    scene = render(kind, SEEDS["train"][FIRST + number])
    reference = _reference(number)
    save_png(folder / reference, scene.image)
    for spoiled in spoil(scene.image, np.random.default_rng([7, number]), SHARE):
        name = f"{kind}_{number:03d}_{spoiled.distortion}_{spoiled.level}.png"
        save_png(folder / name, spoiled.image)
        yield name, reference, spoiled.mos
    # Another scene altogether, of the same type or not, is farther off than any distortion: for FR alone.
    for step in (3, 7):
        yield _reference((number + step) % REFERENCES), reference, 0.0


def _kind(number: int) -> str:
    return list(KINDS)[number % len(KINDS)]


def _reference(number: int) -> str:
    return f"{_kind(number)}_{number:03d}.png"


def without_reference(path: Path) -> Path:
    """The same table for NR: without other scenes, and what nobody sees who has not seen the original."""
    rows = [(record["image"], record["reference"], record["mos"]) for record in read_csv(path, COLUMNS)]
    target = path.with_name("mos-nr.csv")
    _write(target, [row for row in rows if _seen_by_nr(row[0])])
    return target


def _seen_by_nr(name: str) -> bool:
    _, _, *distortion = Path(name).stem.split("_")
    return bool(distortion) and distortion[0] not in UNSEEN_BY_NR


def _write(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    """Whole or not at all: a table that is there is taken for finished."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    write_atomic(path, text.getvalue().encode())
