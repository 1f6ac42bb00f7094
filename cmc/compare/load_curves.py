"""The curves of scored targets, from their folders."""

from collections.abc import Sequence
from pathlib import Path

from cmc.compare.curves import Curve, Curves, curve_of, make_curves
from cmc.core.errors import CMCError
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.provenance import read_runs
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate_tasks import find_target
from cmc.stages.staleness import Staleness


def curve_targets(root: Path, targets: Sequence[str], groups: Sequence[str]) -> list[Path]:
    """The folders of `targets` and of those in `groups` (NAME=TARGET,TARGET), of all that are scored if none is named.
    Raises CMCError for one that is not there, or for nothing at all."""
    chosen = list(targets) + [target for target in grouped_targets(groups) if target not in targets]
    names = chosen or sorted(path.parent.name for path in root.glob("*/scores.csv"))
    if not names:
        raise CMCError(f"nothing in {root} is scored; run script-evaluate.py --target NAME first")
    return [find_target(root, name) for name in dict.fromkeys(names)]


def load_curves(
    folders: Sequence[Path], groups: Sequence[str], content: str, staleness: Staleness, partial: bool
) -> Curves:
    """Curves of targets' folders.

    `groups`: curves of one's own as NAME=TARGET,TARGET; `content` and `partial` as in `make_curves`. Raises CMCError,
    for stale pictures too unless `partial`.
    """
    curve_names = grouped_targets(groups)
    files = fresh_scores([read_scores(folder / "scores.csv") for folder in folders], staleness, partial)
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
