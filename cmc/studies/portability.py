"""Whether results are the same elsewhere: in another precision, another batch size, on another machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.prefetch import prefetched
from cmc.core.run_file import Document, read_run
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate_tasks import modes_in
from cmc.studies.picture_differences import PictureDifference, pair_pictures, picture_difference
from cmc.studies.score_differences import PairedScores, Ranking, pair_scores, rank_both
from cmc.studies.setting import Setting, Study

# Flags of `cmc t2i` that should change no picture by much.
VARIED = ("dtype", "batch_size")
WORKERS = 4
# A path names no difference: each picture says by itself which caption and reference it was made from.
PLACES = ("captions", "references", "checkpoint", "mode")

Read = Callable[[Path], ScoreFile]
Paths = tuple[str, tuple[Path, Path]]


@dataclass(frozen=True)
class Pair:
    """Two result folders of the same pictures; `target` is what the pair is called."""

    target: str
    first: Path
    second: Path


@dataclass(frozen=True)
class ModeDifference:
    """The pictures of a pair in one mode, by key; `made_with`: how the settings and versions that stand in the two run
    files differ."""

    target: str
    mode: str
    pictures: Mapping[str, PictureDifference]
    made_with: Sequence[str]


@dataclass(frozen=True)
class Portability:
    """What a comparison came to: `left_out`: targets, pictures and scores that could not be paired, and why."""

    title: str
    modes: Sequence[ModeDifference]
    scores: Sequence[PairedScores]
    ranking: Ranking | None
    left_out: Mapping[str, str]


def variants(study: Study, results: Path) -> dict[str, list[Pair]]:
    """The pairs of a study's settings that differ in VARIED alone, by what differs; the first of the plan is what the
    others are held against.

    Raises CMCError where there is none.
    """
    references: dict[str, Setting] = {}
    found: dict[str, list[Pair]] = {}
    for setting in study.settings:
        first = references.setdefault(_apart_from_varied(setting), setting)
        if first is not setting:
            pair = Pair(first.name, results / first.name, results / setting.name)
            found.setdefault(_title(first, setting), []).append(pair)
    if not found:
        raise CMCError(
            "--portability: no two settings of the plan differ in dtype or batch_size alone; give a decoder "
            'dtype = ["fp32", "bf16"] or batch_size = [1, 8], or compare with another root by --against'
        )
    return found


def _apart_from_varied(setting: Setting) -> str:
    options = {name: value for name, value in sorted(setting.options.items()) if name not in VARIED}
    return repr(replace(setting, name="", decoder="", options=options))


def _title(first: Setting, second: Setting) -> str:
    """`dtype bf16 against fp32`."""
    sides = [(name, first.options.get(name, "auto"), second.options.get(name, "auto")) for name in VARIED]
    return ", ".join(f"{name} {there} against {here}" for name, here, there in sides if here != there)


def other_root(study: Study, results: Path, other: Path) -> list[Pair]:
    """The results of a study in two folders of results."""
    return [Pair(name, results / name, other / name) for name in study.targets]


def compare_results(
    title: str,
    pairs: Sequence[Pair],
    read: Read,
    progress: Callable[[Sequence[Paths], str], Iterable[Paths]] = lambda items, _: items,
) -> Portability:
    """Pictures, scores and ranks of pairs of results.

    read: the scores of a result folder, those of stale pictures marked as such (CMCError: there are none). What cannot
    be paired is in `left_out`.
    """
    modes: list[ModeDifference] = []
    scores: list[PairedScores] = []
    left_out: dict[str, str] = {}
    for pair in pairs:
        absent = [folder for folder in (pair.first, pair.second) if not modes_in(folder)]
        if absent:
            left_out[pair.target] = f"no pictures in {' and '.join(map(str, absent))}"
            continue
        modes += _compare_modes(pair, left_out, progress)
        scores += _compare_scores(pair, read, left_out)
    return Portability(title, modes, scores, rank_both(scores), left_out)


def _compare_modes(
    pair: Pair, left_out: dict[str, str], progress: Callable[[Sequence[Paths], str], Iterable[Paths]]
) -> list[ModeDifference]:
    modes = []
    for mode in dict.fromkeys([*modes_in(pair.first), *modes_in(pair.second)]):
        first, second = pair.first / mode, pair.second / mode
        paired = pair_pictures(first, second)
        where = f"{pair.target}/{mode}"
        left_out |= {f"{where}/{key}": reason for key, reason in paired.unpaired.items()}
        pictures = {}
        for (key, _), difference in prefetched(_difference, progress(list(paired.pairs.items()), where), WORKERS, 16):
            if isinstance(difference, CMCError):
                left_out[f"{where}/{key}"] = str(difference)
            else:
                pictures[key] = difference
        made_with = _differences(read_run(first / "run.json"), read_run(second / "run.json"))
        modes.append(ModeDifference(pair.target, mode, pictures, made_with))
    return modes


def _difference(item: Paths) -> PictureDifference | CMCError:
    try:
        return picture_difference(*item[1])
    except CMCError as error:
        return error


def _compare_scores(pair: Pair, read: Read, left_out: dict[str, str]) -> list[PairedScores]:
    try:
        scores = pair_scores(pair.target, read(pair.first), read(pair.second))
    except CMCError as error:
        left_out[f"scores of {pair.target}"] = str(error)
        return []
    left_out |= {f"score of {pair.target}/{picture}": reason for picture, reason in scores.unpaired.items()}
    return [scores]


def _differences(first: Document, second: Document) -> list[str]:
    """`dtype: torch.float32 and torch.bfloat16`, of the settings and versions in two run files."""
    found = []
    for section in ("settings", "environment"):
        here, there = first.get(section, {}), second.get(section, {})
        keys = sorted({*here, *there} - set(PLACES))
        found += [f"{key}: {here.get(key)} and {there.get(key)}" for key in keys if here.get(key) != there.get(key)]
    return found
