"""What made a target: the run files of its modes, and whose captions they name."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cmc.core.run_file import Document, read_run
from cmc.stages.evaluate_tasks import modes_in

# The default decoder, under which the benchmark ranks encoders.
RANKS_ENCODERS = "real"
UNKNOWN = "?"


def read_runs(folder: Path) -> dict[str, Document]:
    """The content of `run.json` by mode of a target's folder; only modes that have one."""
    runs = {mode: read_run(folder / mode / "run.json") for mode in modes_in(folder)}
    return {mode: run for mode, run in runs.items() if run}


def captions_read(runs: Mapping[str, Document]) -> set[str]:
    """The caption files that the captioned modes read, as `Workspace.recorded` names them."""
    return {run.get("settings", {}).get("captions") for run in runs.values()} - {None}


def captioner(runs: Mapping[str, Document]) -> str:
    """The name of the caption file that the captioned modes read, `a+b` for several; UNKNOWN without run files, and
    for those of before, which do not name it."""
    if not runs or any("captions" not in run.get("settings", {}) for run in runs.values()):
        return UNKNOWN
    return "+".join(sorted({PurePosixPath(name).stem for name in captions_read(runs)})) or "none"


def ranks_encoders(runs: Mapping[str, Document], modes: tuple[str, ...]) -> bool:
    """Whether the benchmark's own decoder for encoders made these modes, so that they compare captioners."""
    return all(runs.get(mode, {}).get("settings", {}).get("model") == RANKS_ENCODERS for mode in modes)
