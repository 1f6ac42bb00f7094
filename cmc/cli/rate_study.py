"""Arguments that the commands of a rating study share."""

import argparse
from pathlib import Path

from cmc.cli import arguments
from cmc.raters.study_folder import FOLDER

URL = "http://localhost:8000"


def add_study(parser: argparse.ArgumentParser) -> None:
    """--study."""
    arguments.add_path(parser, "--study", f"folder of the study (default: {FOLDER})")


def folder(args: argparse.Namespace) -> Path:
    """The folder that `add_study` was told."""
    path: Path = args.study or args.root / FOLDER
    return path


def add_url(parser: argparse.ArgumentParser) -> None:
    """--url."""
    parser.add_argument("--url", default=URL, help="how viewers' browsers reach the server; links begin with it")
