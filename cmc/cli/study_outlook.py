"""`cmc study --dry_run`: the stages as commands, what of them is there, and what the rest will take."""

from collections.abc import Sequence

from cmc.cli import common, study_commands
from cmc.core.workspace import Workspace
from cmc.studies.estimate import Outlook, measured, outlooks
from cmc.studies.expand import Expanded
from cmc.studies.plan import Plan
from cmc.studies.stages import SHARE, scoring_stages, stages_of

MINUTE, HOUR, DAY = 60, 3600, 86400


def run(space: Workspace, plan: Plan, expanded: Expanded) -> int:
    """Print it; nothing is written."""
    keys = study_commands.keys_of(space, plan)
    stages = stages_of(plan, expanded)
    study_commands.check_arguments(space, [*stages, *scoring_stages(plan, expanded.study.targets)])
    found = list(outlooks(stages, space, keys, measured(space)))
    for number, outlook in enumerate(found, 1):
        print(f"[{number}/{len(found)}] {study_commands.command_line(space, outlook.stage)}")
        print(f"    {_state(outlook)}")
    for stage in scoring_stages(plan, expanded.study.targets):
        print(f"then: {study_commands.command_line(space, stage)}")
    print(f"\n{_sum(found, len(keys))}")
    return common.OK


def _state(outlook: Outlook) -> str:
    outputs = f"{outlook.present:,} of {outlook.total:,} are there"
    if outlook.stage.command == SHARE:
        return f"{outputs}; the same pictures as {outlook.stage.source}, not made twice"
    return outputs if not outlook.missing else f"{outputs}; the others take {_time(outlook.seconds)}"


def _sum(found: Sequence[Outlook], images: int) -> str:
    made = [outlook for outlook in found if outlook.stage.command in ("t2i", "codec")]
    shared = sum(outlook.total for outlook in found if outlook.stage.command == SHARE)
    pictures, missing = sum(o.total for o in made), sum(o.missing for o in made)
    also = f", and {shared:,} that are shared" if shared else ""
    return f"{pictures:,} pictures of {images:,} image(s){also}; {missing:,} are missing. {_measure(found)}"


def _measure(found: Sequence[Outlook]) -> str:
    """What the outputs that are missing take, of those that anything is known of."""
    known = [outlook for outlook in found if outlook.seconds is not None and outlook.size is not None]
    unknown = sum(o.missing for o in found if o.seconds is None or o.size is None)
    if unknown and not any(outlook.missing for outlook in known if outlook.stage.command != SHARE):
        return "How long they and their scores take is not known: nothing of their kinds was measured here yet."
    seconds = sum(outlook.seconds or 0 for outlook in known)
    size = sum(outlook.size or 0 for outlook in known)
    beside = f", without {unknown:,} output(s) of kinds that were not measured here yet" if unknown else ""
    return f"About {_time(seconds)} of one worker and {size / 1e9:.2f} GB{beside}; scoring not counted."


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "a time that was not measured here yet"
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} seconds"
