"""Figures A8 to A13 with matplotlib: one image, a row a mode and a column a setting, the ground truth at the left."""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cmc.core.errors import ImageError
from cmc.core.images import load_rgb, probe
from cmc.report.style import PAGE, STYLE
from cmc.studies.contact_sheets import NO_PICTURE, ContactSheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PRINT_DPI = 300
# Inches: a thumbnail's width on a sheet of many columns and of few, and its height against its width at most.
LEAST, MOST, TALLEST = 0.9, 1.6, 1.4
# Inches: between thumbnails; left of the rows, for their modes; above and below them, a line of labels and captions.
GAP, MARGIN, LINE = 0.05, 0.3, 0.1
CAPTION_LINES, LABEL_LINES = 6, 8
# A letter's width of a caption, in inches.
LETTER = 0.045
LABEL_SIZE, CAPTION_SIZE = 7, 5.5


@dataclass(frozen=True)
class Layout:
    """Where things stand on a sheet, in inches from its upper left corner; `above`: height of the columns' labels;
    `below`: of the captions."""

    width: float
    height: float
    columns: int
    rows: int
    above: float
    below: float

    @classmethod
    def of(cls, sheet: ContactSheet, ratio: float) -> "Layout":
        """ratio: the ground truth's height by its width."""
        columns = len(sheet.columns)
        width = min(max((PAGE - MARGIN) / (columns + 1) - GAP, LEAST), MOST)
        height = min(width * ratio, width * TALLEST)
        labels = max(_label(column, width).count("\n") + 1 for column in sheet.columns)
        below = CAPTION_LINES * LINE if sheet.captions else 0.0
        return cls(height / ratio, height, columns, len(sheet.modes), labels * 1.3 * LINE, below)

    @property
    def size(self) -> tuple[float, float]:
        """Of the whole sheet."""
        across = self.left(self.columns)
        return across, self.above + self.rows * (self.height + GAP) + self.below

    def left(self, column: int) -> float:
        """Of a column; -1 is the ground truth."""
        return MARGIN * (column >= 0) + (column + 1) * (self.width + GAP)

    def top(self, row: float) -> float:
        """Of a row."""
        return self.above + row * (self.height + GAP)


def sheet_figure(sheet: ContactSheet, dpi: int = PRINT_DPI) -> "Figure":
    """Thumbnails of one size; captions stand below their columns, one of all below the whole. `dpi`: of the pictures in
    it."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    layout = Layout.of(sheet, _ratio(sheet.gt))
    with rc_context(STYLE):
        figure = Figure(figsize=layout.size)
        _place(figure, layout, sheet.gt or NO_PICTURE, -1, (layout.rows - 1) / 2, dpi)
        _write(figure, layout, -1, layout.top((layout.rows - 1) / 2), "GT")
        for column, name in enumerate(sheet.columns):
            _write(figure, layout, column, layout.above, _label(name, layout.width))
            for row, mode in enumerate(sheet.modes):
                if (mode, name) in sheet.pictures:
                    _place(figure, layout, sheet.pictures[mode, name], column, row, dpi)
        _write_modes(figure, layout, sheet)
        _write_captions(figure, layout, sheet)
    return figure


def _ratio(gt: Path | None) -> float:
    try:
        width, height = probe(gt) if gt else (4, 3)
    except ImageError:
        return 3 / 4
    return height / width


def _place(figure: "Figure", layout: Layout, picture: Path | str, column: int, row: float, dpi: int) -> None:
    """A thumbnail, or in words why there is none."""
    across, down = layout.size
    bottom = down - layout.top(row) - layout.height
    axes = figure.add_axes(
        (layout.left(column) / across, bottom / down, layout.width / across, layout.height / down),
        xticks=[],
        yticks=[],
        label=f"{column} {row:g}",
    )
    axes.spines[:].set_visible(True)
    pixels = _thumbnail(picture, (layout.width * dpi, layout.height * dpi)) if isinstance(picture, Path) else None
    if pixels is None:
        words = picture if isinstance(picture, str) else "unreadable"
        axes.text(0.5, 0.5, words, ha="center", va="center", fontsize=CAPTION_SIZE, transform=axes.transAxes)
        axes.grid(visible=False)
    else:
        # Files of vectors keep the pixels as they are.
        axes.imshow(pixels, aspect="auto", interpolation="none")
        axes.set_axis_off()


def _thumbnail(path: Path, size: tuple[float, float]) -> np.ndarray | None:
    """(height, width, 3) pixels within `size`; None for a picture that cannot be read."""
    try:
        image = load_rgb(path)
    except ImageError:
        return None
    image.thumbnail((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _write(figure: "Figure", layout: Layout, column: int, at: float, text: str) -> None:
    """Text over a column's middle, `at` inches from the top."""
    across, down = layout.size
    x = layout.left(column) + layout.width / 2
    figure.text(x / across, 1 - (at - 0.03) / down, text, ha="center", va="bottom", fontsize=LABEL_SIZE)


def _write_modes(figure: "Figure", layout: Layout, sheet: ContactSheet) -> None:
    across, down = layout.size
    for row, mode in enumerate(sheet.modes):
        x, y = layout.left(0) - 0.06, layout.top(row) + layout.height / 2
        figure.text(x / across, 1 - y / down, mode, rotation=90, ha="right", va="center", fontsize=LABEL_SIZE)


def _write_captions(figure: "Figure", layout: Layout, sheet: ContactSheet) -> None:
    """One caption below all columns where they read the same, else one below each."""
    across, down = layout.size
    shared = len(set(sheet.captions.values())) == 1 and len(sheet.captions) == len(sheet.columns)
    width = layout.size[0] - layout.left(0) if shared else layout.width
    for column in [sheet.columns[0]] if shared else list(sheet.captions):
        x = layout.left(list(sheet.columns).index(column))
        text = _wrapped(sheet.captions[column], width, CAPTION_LINES)
        y = 1 - (layout.top(layout.rows) + 0.02) / down
        figure.text(x / across, y, text, ha="left", va="top", fontsize=CAPTION_SIZE, style="italic")


def _label(text: str, width: float) -> str:
    """A column's label, whole: what tells columns apart may be its end."""
    return _wrapped(text, width * CAPTION_SIZE / LABEL_SIZE, LABEL_LINES)


def _wrapped(text: str, width: float, most: int) -> str:
    """Lines of a width in inches; what does not fit into `most` of them is cut, and says so."""
    letters = max(4, int(width / LETTER))
    return "\n".join(textwrap.wrap(text, letters, max_lines=most, placeholder=" …"))
