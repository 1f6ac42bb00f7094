"""Contact sheets: everything that was chosen of a group, to be looked at."""

import io
from collections.abc import Collection, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from cmc.core.errors import ImageError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb
from cmc.core.prefetch import prefetched
from cmc.core.workspace import CONTENT_TYPES
from cmc.curation.selection import Verdict

# Pixels: a thumbnail's longest side, the gap around it, the height of a line below it.
SIDE, GAP, LINE = 180, 8, 15
COLUMNS, ROWS = 8, 10
PAPER, INK = (255, 255, 255), (40, 40, 40)
# Letters of a label that fit below a thumbnail.
LETTERS = 26


def write_sheets(folder: Path, group: str, chosen: Sequence[Verdict], metric: str, workers: int) -> list[Path]:
    """`sheet-NSI-pgc-1.jpg` and so on, ROWS of COLUMNS each: every picture with the name that it is to have, the file
    that it is, and its score. The sheets that were written."""
    stem = f"sheet-{group.replace('/', '-')}"
    pages = [chosen[start : start + COLUMNS * ROWS] for start in range(0, len(chosen), COLUMNS * ROWS)]
    paths = [folder / f"{stem}-{number}.jpg" for number, _ in enumerate(pages, 1)]
    for path, page in zip(paths, pages, strict=True):
        buffer = io.BytesIO()
        _sheet(page, metric, workers).save(buffer, "JPEG", quality=85)
        write_atomic(path, buffer.getvalue())
    return paths


def drop_others(folder: Path, sheets: Collection[Path]) -> None:
    """Remove sheets of before: what is not among `sheets` shows nothing that would stay."""
    for kind in CONTENT_TYPES:
        for path in set(folder.glob(f"sheet-{kind}-*-*.jpg")).difference(sheets):
            path.unlink()


def _sheet(page: Sequence[Verdict], metric: str, workers: int) -> Image.Image:
    columns, rows = min(COLUMNS, len(page)), -(-len(page) // COLUMNS)
    across, down = SIDE + GAP, SIDE + 3 * LINE + GAP
    sheet = Image.new("RGB", (columns * across + GAP, rows * down + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for place, (verdict, thumbnail) in enumerate(prefetched(_thumbnail, page, workers, depth=2 * workers)):
        left, top = GAP + place % COLUMNS * across, GAP + place // COLUMNS * down
        sheet.paste(thumbnail, (left + (SIDE - thumbnail.width) // 2, top + (SIDE - thumbnail.height) // 2))
        for line, text in enumerate(_label(verdict, metric)):
            draw.text((left, top + SIDE + line * LINE), text, INK, font)
    return sheet


def _thumbnail(verdict: Verdict) -> Image.Image:
    try:
        image = load_rgb(verdict.candidate.path)
    except ImageError:  # changed since it was measured, which the copy will say
        return Image.new("RGB", (SIDE, SIDE), INK)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return image


def _label(verdict: Verdict, metric: str) -> list[str]:
    candidate = verdict.candidate
    name = candidate.path.name
    lines = [verdict.name, name if len(name) <= LETTERS else f"…{name[1 - LETTERS :]}"]
    return lines if candidate.score is None else [*lines, f"{metric} {candidate.score:.4f}"]
