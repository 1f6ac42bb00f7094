"""`cmc rate forget`: a viewer withdraws, and all that is kept of the viewer goes."""

import argparse

from cmc.cli import arguments, common, rate_study
from cmc.core.errors import CMCError, some
from cmc.core.lock import one_writer
from cmc.raters.study_folder import DATABASE, load_study
from cmc.raters.vote_store import VoteStore


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Delete a viewer's votes, flags and consent, for who withdraws; the server must be stopped."
    parser = arguments.subcommand(ways, "rate forget", about)
    parser.add_argument("viewer", metavar="VIEWER", help="as in links.csv")
    rate_study.add_study(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Delete, and say how much."""
    folder = rate_study.folder(args)
    study = load_study(folder)
    if args.viewer not in study.playlists:
        raise CMCError(f"no viewer {args.viewer!r} in {folder}; there are {some(study.playlists)}")
    with one_writer(folder, "name another --study"):
        store = VoteStore(folder / DATABASE, study.identity)
        try:
            count = store.forget(args.viewer)
        finally:
            store.close()
    print(f"{args.viewer}: {count} rated picture(s) deleted from {folder / DATABASE}")
    print("tables that were exported before still hold them")
    return common.OK
