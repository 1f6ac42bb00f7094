"""The paper's figures with matplotlib, at publication size: radar maps, bars by content type, distributions."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.bootstrap import interval
from cmc.core.workspace import ALL, CONTENT_TYPES, OTHER
from cmc.leaderboard.boards import Board
from cmc.leaderboard.rows import YOURS, Row
from cmc.report.style import COLUMN, CONTENT_COLOURS, GRID, INK, MODE_COLOURS, PAGE, PALE, STYLE, result_style
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import FR, NR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {FR: "Consistency (FR)", NR: "Perception (NR)"}


def figures(
    files: Mapping[str, ScoreFile], rows: Sequence[Row], boards: Mapping[str, Board], but: Collection[str] = ()
) -> dict[str, "Figure"]:
    """Every figure by file name: radar maps that have rows, then bars and distributions of each target in `files`
    that has several modes; one mode alone is told by its means, and targets in `but` are shown elsewhere."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        ranked_boards = [board for board in (boards["t2i"], boards["i2t"]) if _on(board, rows)]
        drawings = {f"radar-{board.name}": radar(rows, board) for board in ranked_boards}
        for row in rows:
            if row.source != YOURS or row.encoder or len(row.modes()) < 2 or set(row.targets) <= set(but):
                continue
            drawings[f"bars-{row.name}"] = content_bars(row)
            drawings |= {f"scores-{target}": distributions(files[target]) for target in row.targets}
        for figure in drawings.values():
            # Laid out once: each further drawing would shift it by a hair, and the files with it.
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
    return drawings


def _on(board: Board, rows: Sequence[Row]) -> list[Row]:
    """The rows of a board's kind that have any of its modes."""
    return [row for row in rows if row.encoder == board.encoders and row.modes() & set(board.modes)]


def radar(rows: Sequence[Row], board: Board) -> "Figure":
    """Every row's means on one axis a mode and metric (figure 4); an axis runs from the worst row to the best.

    Rows that lack some of the modes are drawn where they have any. Thick is a user's row, hollow markers one that is
    not comparable.
    """
    from matplotlib.figure import Figure

    shown = _on(board, rows)
    keys = [(ALL, mode, metric) for mode in board.modes for metric in (FR, NR)]
    keys = [key for key in keys if any(key in row.cells for row in shown)]
    values = np.array([[row.cells.get(key, np.nan) for key in keys] for row in shown])
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    # The worst stays off the centre, where shapes could not be told apart.
    # Where no two rows differ none is worst or best: half way.
    share = np.where(high > low, (values - low) / np.where(high > low, high - low, 1), 0.5)
    scaled = np.where(np.isnan(values), np.nan, 0.2 + 0.8 * share)
    angles = np.linspace(0, 2 * np.pi, len(keys), endpoint=False)
    figure = Figure(figsize=(PAGE * 0.62, COLUMN))
    axes: Any = figure.add_subplot(projection="polar", theta_offset=np.pi / 2, theta_direction=-1)
    for row, line, style in zip(shown, scaled, _styles(shown), strict=True):
        axes.plot([*angles, angles[0]], [*line, line[0]], label=row.name, clip_on=False, **style)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.2, 0.6, 1.0], labels=[])
    labels = [f"{m.capitalize()}-{x.upper()}\n{a:.2f} to {b:.2f}" for (_, m, x), a, b in zip(keys, low, high)]
    axes.set_xticks(angles, labels=labels)
    axes.tick_params(axis="x", pad=3)
    for label, side in zip(axes.get_xticklabels(), np.sin(angles), strict=True):
        label.set_horizontalalignment("center" if abs(side) < 0.1 else "left" if side > 0 else "right")
    axes.spines["polar"].set_color(GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1.32, 0.5))
    return figure


def _styles(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Thin and pale for published rows; thick for a user's, each with its own colour, dash and marker."""
    pale, own = itertools.cycle(PALE), itertools.count()
    return [_own_style(next(own), row) if row.source == YOURS else _pale_style(next(pale)) for row in rows]


def _pale_style(colour: str) -> dict[str, Any]:
    return {"color": colour, "linestyle": "-", "linewidth": 0.9, "alpha": 0.75}


def _own_style(index: int, row: Row) -> dict[str, Any]:
    fill = "none" if row.barred else "full"
    return {**result_style(index), "linewidth": 1.8, "zorder": 3, "markersize": 4, "fillstyle": fill}


def content_bars(row: Row) -> "Figure":
    """FR and NR by mode and content type, with 95 % intervals."""
    from matplotlib.figure import Figure

    kinds = [kind for kind in (*CONTENT_TYPES, OTHER) if row.modes(kind)]
    modes = [mode for mode in MODE_COLOURS if mode in row.modes()]
    figure = Figure(figsize=(PAGE, 2.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, metric in zip(panels, (FR, NR), strict=True):
        for place, kind in enumerate(kinds):
            _bars(axes, row, kind, metric, modes, width=0.8 / len(kinds), shift=place - (len(kinds) - 1) / 2)
        axes.set_xticks(range(len(modes)), labels=[mode.capitalize() for mode in modes])
        axes.set_title(NAMES[metric], loc="left")
        axes.grid(axis="x", visible=False)
    panels[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _bars(axes: "Axes", row: Row, kind: str, metric: str, modes: Sequence[str], width: float, shift: float) -> None:
    there = [(place, (kind, mode, metric)) for place, mode in enumerate(modes) if (kind, mode, metric) in row.cells]
    heights = np.array([row.cells[key] for _, key in there])
    bounds = np.array([interval(row.draws[key]) for _, key in there])
    errors = np.abs(bounds.T - heights)
    axes.bar(
        [place + shift * width for place, _ in there],
        heights,
        width * 0.92,
        yerr=errors,
        label=kind,
        color=CONTENT_COLOURS[kind],
        error_kw={"linewidth": 0.8, "ecolor": INK},
    )


def distributions(file: ScoreFile) -> "Figure":
    """How the scores of all images spread, by mode; the same bins for all modes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE, 2.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, metric in zip(panels, (FR, NR), strict=True):
        by_mode = {
            mode: [score.values[metric] for score in file.scores if score.mode == mode and metric in score.values]
            for mode in file.modes
        }
        labels = _shared_labels(by_mode)
        bins = np.histogram_bin_edges(np.concatenate(list(by_mode.values())), bins=30)
        for mode, label in labels.items():
            values = by_mode[mode]
            colour = MODE_COLOURS[mode]
            axes.hist(values, bins, histtype="stepfilled", color=colour, alpha=0.16)
            axes.hist(values, bins, histtype="step", color=colour, label=label, linewidth=1.2)
        axes.set_title(NAMES[metric], loc="left")
        axes.set_xlabel("score")
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="x", visible=False)
    panels[0].set_ylabel("images")
    panels[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _shared_labels(by_mode: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """The legend's text by mode; modes with equal scores share the first one's outline, as one would hide the other."""
    labels: dict[str, str] = {}
    firsts: dict[tuple[float, ...], str] = {}
    for mode, values in by_mode.items():
        first = firsts.setdefault(tuple(values), mode)
        labels[first] = f"{labels[first]}, {mode.capitalize()}" if first in labels else mode.capitalize()
    return labels
