"""Everything that leaderboards and reports show of a workspace's scored targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.files import sha256
from cmc.core.run_file import Document
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.rows import Row, as_encoder, bars, published_rows, seed_rows
from cmc.metrics.weight_files import locate
from cmc.registry import METRICS
from cmc.scores.costs import TargetCosts, merged_costs, read_costs
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.provenance import captioner, ranks_encoders, read_runs
from cmc.scores.score_file import SHORT_HASH, ScoreFile, notes, read_scores
from cmc.scores.seed_groups import group_by_seed
from cmc.scores.summary import FR, NR
from cmc.stages.evaluate_tasks import find_target
from cmc.stages.staleness import Staleness

# The setting of a score file that says which weights it was scored with, by the metric that reads them.
WEIGHTS = {f"{FR}_weights": "topiq_fr", f"{NR}_weights": "topiq_nr"}


@dataclass(frozen=True)
class Collection:
    """`files` and `runs` (`run.json` by mode) by target, and all rows, published ones first.

    `weights`: the start of the SHA-256 that the rows' weights were checked against, by setting; empty where there
    were no weight files to check by; `remarks`: why some rows stand apart that could be one.
    """

    files: Mapping[str, ScoreFile]
    runs: Mapping[str, Mapping[str, Document]]
    rows: Sequence[Row]
    weights: Mapping[str, str]
    remarks: Sequence[str] = ()


def scored_targets(root: Path, targets: Sequence[str]) -> list[Path]:
    """The folders of `targets` in `root`, of all that are scored if none is named. Raises CMCError for one that is
    not there."""
    names = targets or sorted(path.parent.name for path in root.glob("*/scores.csv"))
    return [find_target(root, name) for name in dict.fromkeys(names)]


def load_collection(
    folders: Sequence[Path], staleness: Staleness, weights: Path | None, partial: bool, price: float | None = None
) -> Collection:
    """The scores of targets' folders; targets that differ in nothing but their seed are one row.

    `weights`: folder in place of the workspace's; `partial` as in `bars`, and leaves out what is stale; `price`:
    dollars an hour of a worker, for runs that state none. Raises CMCError for a target that is not scored, or stale.
    """
    space = staleness.space
    scores = fresh_scores([read_scores(folder / "scores.csv") for folder in folders], staleness, partial)
    files = {folder.name: file for folder, file in zip(folders, scores, strict=True)}
    runs = {folder.name: read_runs(folder) for folder in folders}
    hashes = _hashes(weights or space.weight)
    # Published rows would only mislead beside results that are all on a scale of their own.
    own_scale = bool(files) and all(notes(file.settings, (FR, NR)) for file in files.values())
    published = [] if own_scale else published_rows()
    groups, remarks = group_by_seed(files, runs)
    barred = {name: bars(file, hashes, partial) for name, file in files.items()}
    costs = {folder.name: read_costs(folder, runs[folder.name], space, price) for folder in folders}
    own = [_with_origin(row, runs, costs) for row in seed_rows(groups, barred)]
    encoders = [as_encoder(row) for row in own if ranks_encoders(runs[row.targets[0]], BOARDS["i2t"].modes)]
    return Collection(files, runs, [*published, *own, *encoders], hashes, remarks)


def _with_origin(row: Row, runs: Mapping[str, Mapping[str, Document]], costs: Mapping[str, TargetCosts]) -> Row:
    """The row with whose captions its targets read, and what they cost."""
    captions = captioner(runs[row.targets[0]])
    return replace(row, captions=captions, costs=merged_costs([costs[target] for target in row.targets]))


def _hashes(folder: Path) -> dict[str, str]:
    """The start of the SHA-256 of each weight file that is there, by the setting that names it."""
    names = {setting: next(iter(METRICS.get(metric).facts.weights)) for setting, metric in WEIGHTS.items()}
    paths = {setting: locate(folder, name) for setting, name in names.items()}
    return {setting: sha256(path)[:SHORT_HASH] for setting, path in paths.items() if path.is_file()}
