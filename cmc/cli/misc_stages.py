"""What both ways of `cmc misc` share: their commands one after the other, and flags that are passed on."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cmc.cli import common, engines
from cmc.cli.stage_runner import LOG, Outcomes, attempt
from cmc.cli.study_commands import check_arguments, module_of
from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.stages.engine.base import Engine
from cmc.stages.stream_manifest import FILE, Manifest
from cmc.studies.stages import Stage

# Flags of the engine, which is opened once, for all stages.
OF_THE_ENGINE = frozenset({"workers", "ray_address", "dollars_per_hour"})


def passed_on(args: argparse.Namespace, add: Callable[[argparse.ArgumentParser], None]) -> list[str]:
    """The flags that `add` gives a parser, as they were typed; those at their defaults are left out."""
    parser = argparse.ArgumentParser(add_help=False)
    add(parser)
    words: list[str] = []
    for name in vars(parser.parse_args([])).keys() - OF_THE_ENGINE:
        value = getattr(args, name)
        if value != parser.get_default(name):
            words += _words(f"--{name}", value)
    return words


def _words(flag: str, value: object) -> list[str]:
    if value is True:
        return [flag]
    return [word for item in (value if isinstance(value, list) else [value]) for word in (flag, str(item))]


def run_stages(args: argparse.Namespace, folder: Path, stages: Sequence[tuple[Workspace, Stage]]) -> None:
    """Run stages, each in its workspace, on one engine; what they print goes to `folder`/log.txt.

    Raises CMCError at the first that cannot do its work; images that one of them lacks are left to the next.
    """
    parsed = [check_arguments(space, [stage])[stage] for space, stage in stages]
    with open(folder / LOG, "a", encoding="utf-8") as log, engines.create(args) as engine:
        outcomes = Outcomes(engine, log)
        for number, ((space, stage), stage_args) in enumerate(zip(stages, parsed, strict=True), 1):
            attempt(space, stage, partial(_perform, stage, stage_args, engine), outcomes, f"[{number}/{len(stages)}]")
            if outcomes.failed:
                raise CMCError(f"{outcomes.failed[stage.output]} ({folder / LOG} has the whole run)")


def report(folder: Path, manifest: Manifest, outputs: str) -> int:
    """Say how many `outputs` ("streams") there are, what they cost, and which came to nothing; the exit code. `folder`:
    of its table."""
    print(f"{folder}: {manifest.summary(outputs)}; {FILE} has each")
    if manifest.failed:
        common.print_failures(manifest.failed, FILE)
        print("  the same command tries them again")
    return common.INCOMPLETE if manifest.failed else common.OK


def _perform(stage: Stage, args: argparse.Namespace, engine: Engine) -> int:
    args.running_engine = engine
    code: int = module_of(stage).run(args)
    return code
