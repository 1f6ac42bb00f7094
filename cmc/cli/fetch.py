"""`cmc fetch`: a standard set into GT, the benchmark's references, weights and captions beside it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common
from cmc.core.errors import CMCError, lines
from cmc.core.lock import one_writer
from cmc.standard_sets.checks import check_set
from cmc.standard_sets.facts import UNKNOWN, StandardSet
from cmc.standard_sets.fetch import Wanted, wanted
from cmc.standard_sets.table import SETS

DOWNLOADS = ".fetch"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.bare_parser("fetch", "Fetch a standard set into the folders of a root, and check it.")
    parser.add_argument("name", choices=SETS, help="the set")
    parser.add_argument(
        "--to", type=Path, default=Path(), metavar="ROOT", help="folder that holds GT, Ref and the others"
    )
    parser.add_argument(
        "--source",
        nargs="+",
        default=[],
        metavar="PLACE",
        help="folders of its files or pictures, zips, http addresses, a dataset on the hub (default: the set's own)",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Say what it is, fetch what is not there, and check all."""
    standard = SETS[args.name]
    _say(standard, args.source)
    downloads = args.to / DOWNLOADS / args.name
    files = wanted(standard, args.source, downloads)
    with one_writer(downloads, "name another --to"):
        _fetch(files, args.to, standard.images)
        counts = check_set(standard, args.to, {entry.file.folder for entry in files})
        for path in downloads.iterdir():
            if not path.name.startswith("."):
                path.unlink()
    print(f"{args.to}: " + ", ".join(f"{count:,} pictures in {folder}" for folder, count in counts.items()))
    return common.OK


def _say(standard: StandardSet, places: Sequence[str]) -> None:
    for title, value in [*standard.about(), ("source", ", ".join(places) or standard.source or UNKNOWN)]:
        print(f"{title:<9} {value}")


def _fetch(files: Sequence[Wanted], root: Path, images: int) -> None:
    """Each in turn; what cannot be had of one does not keep the others from coming."""
    failed = []
    for entry in files:
        if entry.is_there(root, images):
            print(f"{entry.file.name}: what it holds is in {root / entry.file.folder} already, not fetched again")
            continue
        try:
            for _ in common.progress(entry.place(root), entry.file.pictures or 1, entry.file.name):
                pass
        except CMCError as error:
            failed.append(str(error))
    if failed:
        raise CMCError(f"{len(failed)} of {len(files)} files are not there:{lines(failed)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
