"""What is there of a study, what is missing, and what that will take, judged by what was measured in this workspace."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean

from cmc.core.captions import read_captions
from cmc.core.cost import read_cost
from cmc.core.run_file import read_run
from cmc.core.workspace import Workspace, key_of
from cmc.studies.stages import SHARE, Stage

# Pictures looked at for the mean size of a mode's files.
SAMPLE = 50


@dataclass(frozen=True)
class Outlook:
    """A stage before it runs: how many outputs it is to have and has; seconds of a worker and bytes that the missing
    ones will take, None where nothing like them was measured here."""

    stage: Stage
    total: int
    present: int
    seconds: float | None
    size: float | None

    @property
    def missing(self) -> int:
        return self.total - self.present


@dataclass(frozen=True)
class Measured:
    """Seconds of a worker an output, by (model, mode or ""), and bytes a picture by mode, of what lies in a workspace.

    Loading is left out: it does not grow with the outputs.
    """

    seconds: Mapping[tuple[str, str], float]
    sizes: Mapping[str, float]

    def seconds_of(self, model: str, mode: str) -> float | None:
        """By the same model in the same mode, else in any."""
        others = [seconds for (name, _), seconds in self.seconds.items() if name == model]
        return self.seconds.get((model, mode), fmean(others) if others else None)


def measured(space: Workspace) -> Measured:
    """What the run files of a workspace say, and how large its pictures are."""
    times: dict[tuple[str, str], list[float]] = {}
    for path in [*space.text.glob("*.run.json"), *space.result.glob("*/*/run.json")]:
        run = read_run(path)
        settings, cost = run.get("settings", {}), read_cost(run)
        if cost and cost.pictures:
            key = (str(settings.get("model")), str(settings.get("mode", "")))
            times.setdefault(key, []).append((cost.compute_s + cost.write_s) / cost.pictures)
    modes = {folder.name for folder in space.result.glob("*/*") if folder.is_dir()}
    sizes = {mode: _mean_size(space, mode) for mode in modes}
    return Measured({key: fmean(values) for key, values in times.items()}, {m: s for m, s in sizes.items() if s})


def _mean_size(space: Workspace, mode: str) -> float:
    sizes = [path.stat().st_size for path in islice(space.result.glob(f"*/{mode}/*.png"), SAMPLE)]
    return fmean(sizes) if sizes else 0.0


def outlooks(stages: Sequence[Stage], space: Workspace, keys: Collection[str], known: Measured) -> Iterator[Outlook]:
    """Each stage as it stands; `keys`: of the images of the study. Whether what is there is stale is not looked at."""
    wanted = frozenset(keys)
    for stage in stages:
        present = len(wanted & _present(space.root / stage.output))
        missing = len(wanted) - present
        seconds, size = _a_picture(stage, space, known)
        yield Outlook(stage, len(wanted), present, _times(missing, seconds), _times(missing, size))


def _times(count: int, each: float | None) -> float | None:
    return 0.0 if count == 0 else None if each is None else count * each


def _present(output: Path) -> set[str]:
    if output.suffix == ".csv":
        return set(map(key_of, read_captions(output))) if output.is_file() else set()
    return {path.stem for path in output.glob("*.png")}


def _a_picture(stage: Stage, space: Workspace, known: Measured) -> tuple[float | None, float | None]:
    """(seconds, bytes) of one more output of a stage."""
    mode = Path(stage.output).name
    if stage.command == SHARE:
        return 0.0, 0.0
    if stage.command == "i2t":
        return known.seconds_of(_flag(stage, "--model_name"), ""), 0.0
    if stage.command == "t2i":
        return known.seconds_of(_flag(stage, "--model_name"), mode), known.sizes.get(mode)
    return None, known.sizes.get(mode)


def _flag(stage: Stage, name: str) -> str:
    words = stage.arguments
    return words[words.index(name) + 1]
