"""`cmc bundle`: one zip to mail in."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness
from cmc.core.files import write_atomic
from cmc.leaderboard.submission import SCORES, pack_submission
from cmc.scores.fresh_scores import fresh_scores
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate_tasks import find_target


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("bundle", "Pack a scored target: summary, scores, run files and checksums.")
    parser.add_argument("target", metavar="TARGET", help="scored result")
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help="the bundle (default: Result/TARGET/TARGET.zip)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Pack, and check what was packed."""
    space = common.workspace(args)
    results = args.target_path or space.result
    folder = find_target(results, args.target)
    if (folder / SCORES).is_file():  # that there is none is said when it is packed
        remedy = "script-evaluate.py --allow_partial scores the others"
        staleness = freshness.staleness(space, results, [folder])
        fresh_scores([read_scores(folder / SCORES)], staleness, partial=False, remedy=remedy)
    data = pack_submission(folder)
    out = args.out or folder / f"{folder.name}.zip"
    write_atomic(out, data)
    print(f"{out}: {len(data):,} bytes; anyone can check it with cmc verify {out}")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
