"""What made a target: the run files of its modes, and whose captions they name."""

from collections.abc import Mapping
from pathlib import Path

from cmc.core.files import sha256
from cmc.core.run_file import Document, read_run
from cmc.stages.evaluate_tasks import modes_in

# The default decoder, under which the benchmark ranks encoders.
RANKS_ENCODERS = "real"
UNKNOWN = "?"


def read_runs(folder: Path) -> dict[str, Document]:
    """The content of `run.json` by mode of a target's folder; only modes that have one."""
    runs = {mode: read_run(folder / mode / "run.json") for mode in modes_in(folder)}
    return {mode: run for mode, run in runs.items() if run}


def caption_files(text: Path) -> dict[str, Path]:
    """The caption files of a workspace by their SHA-256."""
    return {sha256(path): path for path in sorted(text.glob("*.csv"), reverse=True)}


def captions_read(runs: Mapping[str, Document]) -> set[str]:
    """SHA-256 of the caption files that the captioned modes read."""
    return {run.get("settings", {}).get("captions_sha256") for run in runs.values()} - {None}


def captioner(runs: Mapping[str, Document], files: Mapping[str, Path]) -> str:
    """The name of the caption file that the captioned modes read, `a+b` for several; UNKNOWN without run files."""
    names = {files[digest].stem if digest in files else UNKNOWN for digest in captions_read(runs)}
    return "+".join(sorted(names)) or ("none" if runs else UNKNOWN)


def ranks_encoders(runs: Mapping[str, Document], modes: tuple[str, ...]) -> bool:
    """Whether the benchmark's own decoder for encoders made these modes, so that they compare captioners."""
    return all(runs.get(mode, {}).get("settings", {}).get("model") == RANKS_ENCODERS for mode in modes)
