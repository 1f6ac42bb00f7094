"""The stages of a study as commands, typed and parsed; its folder, and its images."""

import argparse
import importlib
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from cmc.core.choice import Choice, read_choice
from cmc.core.errors import CMCError, some
from cmc.core.ground_truth import chosen_images
from cmc.core.workspace import Workspace, key_of
from cmc.studies.plan import Plan
from cmc.studies.stages import SHARE, Stage
from cmc.studies.study_file import FOLDER


def folder_of(space: Workspace, plan: Plan) -> Path:
    """Where a study has its list of images, its figures and its tables."""
    return space.root / FOLDER / plan.name


def keys_of(space: Workspace, plan: Plan) -> list[str]:
    """The images of a study."""
    folder = Path(plan.ground_truth) if plan.ground_truth else space.gt
    return list(chosen_images(folder, _choice(space, plan)))


def _choice(space: Workspace, plan: Plan) -> Choice:
    if isinstance(plan.images, tuple):
        return Choice(plan.limit, frozenset(map(key_of, plan.images)), Path(plan.name))
    if plan.images is None:
        return Choice(plan.limit)
    paths = [Path(plan.images), space.root / plan.images]
    found = [path for path in paths if path.is_file()]
    if not found:
        raise CMCError(f"images: no file {plan.images!r}, here or in {space.root}")
    return read_choice(found[0], plan.limit)


def command_line(space: Workspace, stage: Stage) -> str:
    """A stage as it can be typed."""
    if stage.command == SHARE:
        return f"# {stage.output}"
    return shlex.join(["cmc", stage.command, *_words(space, stage)])


def label(stage: Stage) -> str:
    """A stage in short, to say that it is under way."""
    if stage.command == "evaluate":
        targets = stage.arguments[1 : stage.arguments.index("--metrics")]
        return f"scores of {some(targets, 2)}"
    return stage.output


def _words(space: Workspace, stage: Stage) -> list[str]:
    root = [] if space.root == Path() else ["--root", str(space.root)]
    return [*root, *(word.replace("{root}", str(space.root)).removeprefix("./") for word in stage.arguments)]


def check_arguments(space: Workspace, stages: Sequence[Stage]) -> dict[Stage, argparse.Namespace]:
    """Each stage's arguments, parsed. Raises CMCError for a flag that its command does not take, before any work."""
    parsed, parsers = {}, {}
    for stage in stages:
        if stage.command == SHARE:
            continue
        if stage.command not in parsers:
            parsers[stage.command] = module_of(stage).build_parser()
            parsers[stage.command].error = _refuse(stage.command)
        parsed[stage] = parsers[stage.command].parse_args(_words(space, stage))
    return parsed


def module_of(stage: Stage) -> ModuleType:
    return importlib.import_module(f"cmc.cli.{stage.command}")


def _refuse(command: str) -> Callable[[str], NoReturn]:
    def error(message: str) -> NoReturn:
        raise CMCError(f"the plan asks cmc {command} for what it does not take: {message}")

    return error
