"""`cmc study --portability`: whether a study's results are the same in another precision, batch size or place."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness, study_commands, study_run
from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.score_file import ScoreFile, read_scores
from cmc.studies.expand import Expanded
from cmc.studies.plan import Plan
from cmc.studies.portability import Pair, Portability, compare_results, other_root, variants
from cmc.studies.portability_table import portability_lines, write_portability

FOLDER = "portability"


def add_task(tasks: "argparse._MutuallyExclusiveGroup") -> None:
    """--portability, in place of running a study for its own sake."""
    tasks.add_argument(
        "--portability",
        action="store_true",
        help="compare pictures and scores in fp32, fp16 and bf16, one and eight at once, or of two machines",
    )


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What to compare with."""
    arguments.add_path(command, "--against", "with --portability: another root, of the same study made elsewhere")


def check_arguments(args: argparse.Namespace) -> None:
    """Raises CMCError for a root to compare with that is not asked for, or not there."""
    if args.against and not args.portability:
        raise CMCError("--against names a root to compare with; say so with --portability")
    if args.against and not args.against.is_dir():
        raise CMCError(f"--against {args.against}: no such folder")


def run(args: argparse.Namespace, space: Workspace, plan: Plan, expanded: Expanded) -> int:
    """Make what is missing, unless another root is compared with; say how far results are apart, and write it."""
    study, spaces, code = expanded.study, [space], common.OK
    if args.against:
        spaces.append(Workspace(args.against))
        pairs = {f"{args.against} against {space.root}": other_root(study, space.result, spaces[1].result)}
    else:
        pairs = variants(study, space.result)
        code = study_run.run(args, space, plan, expanded)
    files = _score_files([pair for group in pairs.values() for pair in group], spaces)
    comparisons = [_compare(title, group, files) for title, group in pairs.items()]
    for found in comparisons:
        print("\n" + "\n".join(portability_lines(found)))
    written = write_portability(study_commands.folder_of(space, plan) / FOLDER, comparisons)
    print(f"\nwritten: {', '.join(map(str, written))}")
    return max(code, common.INCOMPLETE if any(found.left_out for found in comparisons) else common.OK)


def _compare(title: str, pairs: Sequence[Pair], files: Mapping[Path, ScoreFile | CMCError]) -> Portability:
    def read(folder: Path) -> ScoreFile:
        file = files[folder]
        if isinstance(file, CMCError):
            raise file
        return file

    return compare_results(title, pairs, read, lambda items, name: common.progress(items, len(items), name))


def _score_files(pairs: Sequence[Pair], spaces: Sequence[Workspace]) -> dict[Path, ScoreFile | CMCError]:
    """The score files by result folder, or why there is none; scores of stale pictures say so."""
    folders = dict.fromkeys(folder for pair in pairs for folder in (pair.first, pair.second))
    found = {folder: _read(folder) for folder in folders}
    for space in spaces:
        scored = {
            folder: file
            for folder, file in found.items()
            if folder.parent == space.result and isinstance(file, ScoreFile)
        }
        staleness = freshness.staleness(space, space.result, list(scored))
        found |= zip(scored, fresh_scores(list(scored.values()), staleness, partial=True), strict=True)
    return found


def _read(folder: Path) -> ScoreFile | CMCError:
    try:
        return read_scores(folder / "scores.csv")
    except CMCError as error:
        return error
