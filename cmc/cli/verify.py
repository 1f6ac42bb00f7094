"""`cmc verify`: does a bundle hold together, and what does it say?"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common
from cmc.core.bits import STATED
from cmc.core.workspace import ALL
from cmc.leaderboard.rows import count_lost
from cmc.leaderboard.submission import Submission, verify_submission
from cmc.scores.summary import OVERALL, Cell


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.bare_parser(
        "verify", "Recompute every mean and interval of a bundle, and check its bits and sums."
    )
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="what cmc bundle made")
    return parser


def run(args: argparse.Namespace) -> int:
    """Check it, and print the means that its scores give."""
    submission = verify_submission(args.file)
    scores, cells = submission.scores, submission.cells
    bounded = "means and intervals" if submission.has_intervals else "means"
    print(f"{args.file} verifies: checksums match, and all {len(cells)} rows of {bounded} follow from the scores.")
    settings = ", ".join(f"{name} {value}" for name, value in scores.settings.items())
    print(f"target {scores.target}: {len(scores.names):,} images; {settings}")
    for cell in cells:
        if cell.content == ALL and cell.means:
            _show(cell)
    _warn(submission)
    return common.OK


def _show(cell: Cell) -> None:
    overall = f", overall {cell.overall:.4f}" if cell.mode == OVERALL and cell.overall is not None else ""
    means = ", ".join(f"{metric.upper()} {mean:.4f}" for metric, mean in cell.means.items())
    print(f"  {cell.mode:<8} {means}{overall}")


def _warn(submission: Submission) -> None:
    """What is no fault of the zip, but matters to whoever reads it."""
    lost = count_lost(submission.scores)
    unknown = [mode for mode in submission.scores.modes if mode not in submission.runs]
    if lost:
        print("without a score: " + ", ".join(f"{count} {kind}" for kind, count in lost.items()))
    if stated := submission.scores.stated_modes:
        print(f"rates of the mode(s) {', '.join(stated)}: {STATED}")
    if unknown:
        print(f"no run.json says what made the mode(s) {', '.join(unknown)}")
    print("not checked, for want of the pictures: " + ", ".join(_unchecked(submission)))


def _unchecked(submission: Submission) -> list[str]:
    columns = submission.unchecked
    rated = any(score.rate for score in submission.scores.scores)
    return [
        "the scores themselves",
        *(["bits against streams and sizes (they add up)"] if rated else []),
        *([f"the summary's {' and '.join(columns)}"] if columns else []),
        "what run.json says",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
