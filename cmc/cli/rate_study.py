"""Arguments that the commands of a rating study share."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from cmc.cli import arguments, common, freshness
from cmc.raters.study_folder import FOLDER

Item = TypeVar("Item")

# Reaches the server from its own machine alone.
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


def add_url(parser: argparse.ArgumentParser, default: str | None) -> None:
    """--url; `default` None: links stay as they are."""
    about = "how viewers' browsers reach the server; links begin with it" + ("" if default else " from now on")
    parser.add_argument("--url", type=_url, default=default, help=about)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"expected an address, as {URL}, found {text!r}")
    return text
