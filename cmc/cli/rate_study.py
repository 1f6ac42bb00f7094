"""Arguments that the commands of a rating study share."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from cmc.cli import arguments, common, freshness
from cmc.raters.study_folder import FOLDER

Item = TypeVar("Item")

URL = "http://localhost:8000"


def add_study(parser: argparse.ArgumentParser) -> None:
    """--study."""
    arguments.add_path(parser, "--study", f"folder of the study (default: {FOLDER})")


def folder(args: argparse.Namespace) -> Path:
    """The folder that `add_study` was told."""
    path: Path = args.study or args.root / FOLDER
    return path


def progress(title: str) -> Callable[[Sequence[Item]], Iterable[Item]]:
    """A bar over pictures, if they take more than a moment."""
    return lambda items: common.progress(items, len(items), title, delay=freshness.MOMENT)


def add_url(parser: argparse.ArgumentParser) -> None:
    """--url."""
    parser.add_argument("--url", default=URL, help="how viewers' browsers reach the server; links begin with it")
