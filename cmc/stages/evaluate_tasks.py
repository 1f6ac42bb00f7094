"""What lies in result folders: which pictures there are to score, and why others are not there."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.choice import Choice
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError, ImageError, lines, some
from cmc.core.failed_csv import read_failures
from cmc.core.modes import MODES
from cmc.core.origin import UNKNOWN
from cmc.core.workspace import check_pairs, checked_name, has_images, key_of, list_images
from cmc.stages.staleness import Staleness

# Statuses of a picture; `failed`, `unusable`, `unscored` and `stale` are followed by the reason. `black` pictures, such
# as safety checkers and overflows leave, get no score whoever decoded them; at `unscored` ones a metric failed; `stale`
# ones were made from what is another now.
SCORED, MISSING, FAILED, BLACK, UNUSABLE, UNSCORED = "ok", "missing", "failed", "black", "unusable", "unscored"
STALE = "stale"
LEAVE_OUT = "--allow_partial goes on without"


@dataclass(frozen=True)
class Candidate:
    """One target's picture of a ground truth in one mode; `path` is None where there is none to score; unknown: it does
    not say what it was made from; caption: that which it was made from, where a metric asks for it."""

    target: str
    mode: str
    path: Path | None
    status: str = SCORED
    unknown: bool = False
    caption: str | None = None


@dataclass(frozen=True)
class Task:
    """One ground truth and every picture made of it, scored together so that what they share is computed once."""

    gt: Path
    candidates: tuple[Candidate, ...]


def find_target(root: Path, name: str) -> Path:
    """The folder of a target. Raises CMCError with the nearest name and the list of those that are there."""
    folder = root / checked_name(name)
    if folder.is_dir():
        return folder
    targets = sorted(path.name for path in root.iterdir() if modes_in(path)) if root.is_dir() else []
    nearest = difflib.get_close_matches(name, targets, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    listed = some(targets, 20) or "nothing; run script-t2i.py first"
    raise CMCError(f"no result {name!r} in {root}.{hint} There: {listed}")


def modes_in(folder: Path) -> list[str]:
    """The modes that a target's folder holds, in the benchmark's order."""
    return [mode for mode in MODES if (folder / mode).is_dir()]


def plan_tasks(
    images: Mapping[str, Path], choice: Choice, root: Path, targets: Sequence[str], partial: bool
) -> list[Task]:
    """The work of the images of a choice, sorted by name, over every mode that each target holds.

    Raises CMCError that names pictures which are missing without a record in failed.csv, or have no ground
    truth, unless `partial` is set.
    """
    keys, beyond = choice.split(images)
    candidates: dict[str, list[Candidate]] = {key: [] for key in keys}
    for target in targets:
        folder = find_target(root, target)
        modes = modes_in(folder)
        if not modes:
            raise CMCError(f"{folder} holds none of the modes {', '.join(MODES)}; run script-t2i.py first")
        for mode in modes:
            for key, path, status in _pictures(folder / mode, keys, beyond, partial):
                candidates[key].append(Candidate(target, mode, path, status))
    return [Task(images[key], tuple(pictures)) for key, pictures in candidates.items()]


def _pictures(
    folder: Path, keys: Sequence[str], beyond: frozenset[str], partial: bool
) -> list[tuple[str, Path | None, str]]:
    known = beyond.union(keys)
    failures = read_failures(folder / "failed.csv")
    # A table of another hand may name files; a key with a suffix of its own (photo.jpg of photo.jpg.png) is no file's.
    reasons = {name if name in known else key_of(name): reason for name, reason in failures.items()}
    pictures = list_images(folder) if has_images(folder) else {}
    if not reasons and not pictures:
        raise CMCError(f"no picture in {folder}; run script-t2i.py first, or take the folder away")
    # A picture that is there was made after its failure was recorded.
    failed = {key: f"{FAILED}: {reason}" for key, reason in reasons.items() if key not in pictures}
    expected = [key for key in keys if key not in failed]
    check_pairs(f"picture in {folder}", expected, pictures.keys() - beyond, partial)
    return [(key, pictures.get(key), SCORED if key in pictures else failed.get(key, MISSING)) for key in keys]


def check_pictures(task: Task, staleness: Staleness) -> Task:
    """The task, every picture marked that cannot be scored, without decoding any.

    That is one that cannot be read or is not of its ground truth's size, whose ground truth cannot be read, or that
    was made from what is another now.
    """
    try:
        size = staleness.digests.size(task.gt)
    except ImageError as error:
        return replace(task, candidates=tuple(_mark(candidate, str(error)) for candidate in task.candidates))
    marked = [_mark(candidate, _fault(candidate.path, size, staleness.digests)) for candidate in task.candidates]
    return replace(task, candidates=tuple(_mark_stale(candidate, task.gt, staleness) for candidate in marked))


def _mark(candidate: Candidate, fault: str) -> Candidate:
    if candidate.path is None or not fault:
        return candidate
    return replace(candidate, path=None, status=f"{UNUSABLE}: {fault}")


def _mark_stale(candidate: Candidate, gt: Path, staleness: Staleness) -> Candidate:
    if candidate.path is None:
        return candidate
    folder = staleness.open(candidate.target, candidate.mode)
    fault = folder.fault(key_of(gt.name), candidate.path, gt)
    if fault in ("", UNKNOWN):
        return replace(candidate, unknown=bool(fault))
    return replace(candidate, path=None, status=f"{STALE}: made from {fault}")


def _fault(path: Path | None, size: tuple[int, int], digests: FileDigests) -> str:
    try:
        actual = digests.size(path) if path else size
    except ImageError as error:
        return str(error)
    if actual == size:
        return ""
    return f"{path} is {actual[0]}x{actual[1]}, expected {size[0]}x{size[1]} as in GT; decode it again"


def refuse_unusable(statuses: Iterable[str]) -> None:
    """Raises CMCError that names the pictures which are there but cannot be scored."""
    faults = list(dict.fromkeys(status for status in statuses if status.startswith(UNUSABLE)))
    if faults:
        listed = lines(fault.removeprefix(f"{UNUSABLE}: ") for fault in faults)
        raise CMCError(
            f"{len(faults)} image(s) cannot be scored; mend that, or --allow_partial goes on without:{listed}"
        )


def refuse_stale(statuses: Mapping[str, str], remedy: str = LEAVE_OUT) -> None:
    """Raises CMCError that names the pictures, as target/mode/name, which were made from what is another now; `remedy`:
    what a user can do but make them anew."""
    stale = {picture: status for picture, status in statuses.items() if status.startswith(STALE)}
    if stale:
        listed = lines(f"{picture} {status.removeprefix(f'{STALE}: ')}" for picture, status in stale.items())
        raise CMCError(
            f"{len(stale)} picture(s) are stale; the command that made them makes them anew, or {remedy}:{listed}"
        )
