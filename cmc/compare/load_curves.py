"""The curves of scored targets, from their folders."""

from collections.abc import Sequence
from pathlib import Path

from cmc.compare.curves import Curve, Curves, curve_of, make_curves
from cmc.core.errors import CMCError
from cmc.scores.provenance import read_runs
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate_tasks import find_target


def load_curves(root: Path, targets: Sequence[str], groups: Sequence[str], content: str, partial: bool) -> Curves:
    """Curves of `targets` in `root`, of all that are scored if none is named.

    `groups`: curves of one's own as NAME=TARGET,TARGET; `content` and `partial` as in `make_curves`. Raises CMCError.
    """
    curve_names = grouped_targets(groups)
    chosen = list(targets) + [target for target in curve_names if target not in targets]
    names = chosen or sorted(path.parent.name for path in root.glob("*/scores.csv"))
    if not names:
        raise CMCError(f"nothing in {root} is scored; run script-evaluate.py --target NAME first")
    folders = [find_target(root, name) for name in dict.fromkeys(names)]
    files = [read_scores(folder / "scores.csv") for folder in folders]
    curves = {
        folder.name: curve_names.get(folder.name) or curve_of(folder.name, read_runs(folder)) for folder in folders
    }
    return make_curves(files, curves, content, partial)


def grouped_targets(groups: Sequence[str]) -> dict[str, str]:
    """The curve's name by target, of texts NAME=TARGET,TARGET. Raises CMCError for another text."""
    curves: dict[str, str] = {}
    for text in groups:
        name, equals, targets = text.partition("=")
        if not (name and equals and targets):
            raise CMCError(f"--curve {text}: expected NAME=TARGET,TARGET, as mine=mine-5,mine-10")
        curves |= dict.fromkeys(targets.split(","), name)
    return curves


def choose_anchor(curves: Curves, name: str | None) -> Curve:
    """The curve of that name, or the first with the points that a BD-rate needs. Raises CMCError for one not there."""
    if name and name not in curves.curves:
        raise CMCError(f"--anchor {name}: no such curve; there are {', '.join(curves.curves)}")
    if name:
        return curves.curves[name]
    return max(curves.curves.values(), key=lambda curve: min(4, len(curve.points)))
