"""`cmc rate status`: where every viewer of a study is."""

import argparse

from cmc.cli import arguments, common, rate_study
from cmc.raters.progress import ViewerProgress, read_progress
from cmc.raters.study_folder import load_study


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Who is where: pictures done and left, pace, flags; also while the study is served."
    parser = arguments.subcommand(ways, "rate status", about)
    rate_study.add_study(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """A line a viewer, and the sum."""
    viewers = read_progress(load_study(rate_study.folder(args)))
    print(common.facts_table([_row(viewer) for viewer in viewers]))
    done, total = sum(viewer.done for viewer in viewers), sum(viewer.total for viewer in viewers)
    finished = sum(viewer.done == viewer.total for viewer in viewers)
    print(
        f"\n{done} of {total} pictures rated, training and dummies included; {finished} of {len(viewers)} viewers done"
    )
    return common.OK


def _row(viewer: ViewerProgress) -> dict[str, str]:
    pace = "" if viewer.seconds is None else f"{viewer.seconds:.1f} s"
    return {
        "viewer": viewer.viewer,
        "state": _state(viewer),
        "done": str(viewer.done),
        "left": str(viewer.total - viewer.done),
        "pace": pace,
        "flags": str(viewer.flags or ""),
        "made smaller": str(viewer.scaled or ""),
        "latest": viewer.latest[:19].replace("T", " "),
    }


def _state(viewer: ViewerProgress) -> str:
    if viewer.done == viewer.total:
        return "done"
    if viewer.done:
        return "under way"
    return "consented" if viewer.consented else "not begun"
