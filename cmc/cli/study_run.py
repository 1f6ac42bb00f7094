"""The stages of a study, one after the other, in this process: each is the command that stands there."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cmc.cli import common, engines, freshness
from cmc.cli.stage_runner import LOG, Outcomes, attempt
from cmc.cli.study_commands import check_arguments, folder_of, module_of
from cmc.core.errors import lines, some
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
            perform = partial(_perform, space, stage, parsed.get(stage), engine)
            attempt(space, stage, perform, outcomes, f"[{number}/{len(stages)}]")
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
    attempt(space, stage, partial(_perform, space, stage, args, outcomes.engine), outcomes, "[scores]")
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
