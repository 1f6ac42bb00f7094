"""The stages of a study, one after the other, in this process: each is the command that stands there."""

import argparse
import errno
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from cmc.cli import common, engines, freshness
from cmc.cli.study_commands import check_arguments, command_line, folder_of, label, module_of
from cmc.core.errors import CMCError, lines, reason, some
from cmc.core.files import write_atomic
from cmc.core.lock import one_writer
from cmc.core.workspace import Workspace, has_images
from cmc.report.study_files import write_views
from cmc.stages.engine.base import Engine
from cmc.studies.expand import Expanded
from cmc.studies.plan import Plan
from cmc.studies.results import load_results, study_folders
from cmc.studies.setting import Study
from cmc.studies.share import share_pictures
from cmc.studies.stages import Stage, needed_for, scoring_stages, stages_of
from cmc.studies.study_file import FILE, write_study

# What the commands of a study print.
LOG = "log.txt"
# With these nothing further can be written: going on to the next stage would only say it again.
STOPS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass
class Outcomes:
    """What became of stages, by output: those that are done, whole or but for images that they name, and reasons; what
    their commands print goes to `log`; `engine`: keeps a model from one stage to the next."""

    engine: Engine
    log: TextIO
    done: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)


def run(args: argparse.Namespace, space: Workspace, plan: Plan, expanded: Expanded) -> int:
    """Make a study with its figures and tables, and say what became of it; the exit code of the worst stage."""
    write_study(folder_of(space, plan) / FILE, expanded.study)
    with engines.create(args) as engine:
        code = _report(space, plan, make(engine, space, plan, expanded, expanded.study.targets))
    _show(space, plan, expanded.study)
    return code


def make(engine: Engine, space: Workspace, plan: Plan, expanded: Expanded, targets: Sequence[str]) -> Outcomes:
    """Run every stage that some targets of the plan need, where its inputs are there, then score them."""
    if isinstance(plan.images, tuple):
        write_atomic(folder_of(space, plan) / "images.txt", "".join(f"{name}\n" for name in plan.images).encode())
    stages = needed_for(targets, stages_of(plan, expanded))
    parsed = check_arguments(space, [*stages, *scoring_stages(plan, targets)])
    with open(folder_of(space, plan) / LOG, "a", encoding="utf-8") as log:
        outcomes = Outcomes(engine, log)
        for number, stage in enumerate(stages, 1):
            _attempt(space, stage, parsed.get(stage), outcomes, f"[{number}/{len(stages)}]")
        made = [target for target in targets if not _failed_modes(target, outcomes)]
        for stage in scoring_stages(plan, made):
            _score(space, plan, stage, outcomes)
    return outcomes


def _show(space: Workspace, plan: Plan, study: Study) -> None:
    """The study's figures and tables, from whatever of it is scored."""
    folder = folder_of(space, plan)
    staleness = freshness.staleness(space, space.result, study_folders(study, space.result))
    written = write_views(load_results(study, staleness, partial=True), folder)
    print(f"{folder}: {len(written.files)} file(s) of figures and tables; cmc report shows them")
    for remark in written.remarks:
        print(f"  {remark}")


def _failed_modes(target: str, outcomes: Outcomes) -> list[str]:
    return [output for output in outcomes.failed if output.startswith(f"Result/{target}/")]


def _attempt(space: Workspace, stage: Stage, args: argparse.Namespace | None, outcomes: Outcomes, number: str) -> None:
    """Run a stage; whatever is wrong with it is wrong with its branch alone."""
    start = time.monotonic()
    state = _outcome(space, stage, args, outcomes)
    print(f"{number} {label(stage)}: {state} ({time.monotonic() - start:.1f} s)", flush=True)


def _outcome(space: Workspace, stage: Stage, args: argparse.Namespace | None, outcomes: Outcomes) -> str:
    """Run a stage and record what became of it; returns that in words."""
    lacking = [need for need in stage.needs if need in outcomes.failed]
    if lacking:
        outcomes.failed[stage.output] = f"it needs {', '.join(lacking)}"
        return f"left out, {outcomes.failed[stage.output]}"
    print(f"\n$ {command_line(space, stage)}", file=outcomes.log, flush=True)
    try:
        with redirect_stdout(outcomes.log):
            code = _perform(space, stage, args, outcomes.engine)
    except OSError as error:
        if error.errno in STOPS:
            raise
        outcomes.failed[stage.output] = reason(error)
    except Exception as error:  # models and plugins raise what they like
        outcomes.failed[stage.output] = str(error) if isinstance(error, CMCError) else reason(error)
        if not isinstance(error, CMCError):
            traceback.print_exc(file=outcomes.log)
    else:
        (outcomes.done if code == common.OK else outcomes.incomplete).add(stage.output)
        return "done" if code == common.OK else f"done, but for images that {LOG} names"
    print(f"error: {outcomes.failed[stage.output]}", file=outcomes.log, flush=True)
    return f"FAILED: {outcomes.failed[stage.output]}"


def _perform(space: Workspace, stage: Stage, args: argparse.Namespace | None, engine: Engine) -> int:
    if args is None:
        target = space.root / stage.output
        with one_writer(target, "wait for it"):
            lacked = share_pictures(space.root / stage.source, target)
        print(f"the same pictures as {stage.source}: {lacked} linked, the others were there")
        return common.OK
    if stage.command == "reference" and _is_released(space.root / stage.output):
        print(f"{stage.output} was not made here (the benchmark's own?) and is used as it is")
        return common.OK
    args.running_engine = engine
    code: int = module_of(stage).run(args)
    return code


def _is_released(folder: Path) -> bool:
    """Whether references lie there that say nothing of their making, which `cmc reference` would refuse."""
    return has_images(folder) and not (folder / "run.json").is_file()


def _score(space: Workspace, plan: Plan, stage: Stage, outcomes: Outcomes) -> None:
    """Score several targets; where that fails, each alone, so that one does not keep the others from their scores."""
    (args,) = check_arguments(space, [stage]).values()
    _attempt(space, stage, args, outcomes, "[scores]")
    if stage.output in outcomes.failed and len(args.target) > 1:
        del outcomes.failed[stage.output]
        for target in args.target:
            for alone in scoring_stages(plan, [target]):
                _score(space, plan, alone, outcomes)


def _report(space: Workspace, plan: Plan, outcomes: Outcomes) -> int:
    log = folder_of(space, plan) / LOG
    print(f"\n{len(outcomes.done) + len(outcomes.incomplete)} stage(s) done; {log} has the details")
    if outcomes.incomplete:
        print(f"  {len(outcomes.incomplete)} lack images: {some(sorted(outcomes.incomplete))}")
    if outcomes.failed:
        told = lines(f"{output}: {why}" for output, why in outcomes.failed.items())
        print(f"  {len(outcomes.failed)} failed:{told}")
        print("  the same command tries them again, and finishes the rest")
    return common.INCOMPLETE if outcomes.failed or outcomes.incomplete else common.OK
