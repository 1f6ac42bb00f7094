"""`cmc rate export`: a study's votes as tables."""

import argparse

from cmc.cli import arguments, common, rate_study
from cmc.raters.export import FLAGS, SHOWINGS, VOTES, export_votes
from cmc.raters.study_folder import load_study


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = f"Write {VOTES}, {FLAGS} and {SHOWINGS}, without training and dummies; also while the study is served."
    parser = arguments.subcommand(ways, "rate export", about)
    rate_study.add_study(parser)
    arguments.add_path(parser, "--to", "folder to write into (default: the study's)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the tables."""
    study = load_study(rate_study.folder(args))
    folder = args.to or study.folder
    written = export_votes(study, folder)
    print(
        f"{folder / VOTES}: {written.votes:,} of {written.planned:,} votes; {folder / FLAGS}: {written.flags} flag(s)"
    )
    return common.OK
