"""`cmc rate serve`: the rating page of a study, until it is stopped."""

import argparse

from cmc.cli import arguments, common, rate_study
from cmc.core.errors import CMCError
from cmc.core.lock import one_writer
from cmc.raters.study_folder import LINKS, load_study


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Serve a study's page. Stop it at any time, also by kill -9; the same command goes on."
    parser = arguments.subcommand(ways, "rate serve", about)
    rate_study.add_study(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the whole network")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    try:
        from cmc.raters.server import listen, opened
    except ImportError as error:
        raise CMCError(f'cmc rate serve needs {error.name}: pip install "cmc[rate]"') from error
    folder = rate_study.folder(args)
    study = load_study(folder)
    with one_writer(folder, "serve another --study"):
        study.refuse_changed(rate_study.progress("checking"))
        with listen(args.host, args.port) as socket, opened(study) as server:
            host, port = socket.getsockname()[:2]
            print(f"{folder}: {len(study.playlists)} viewers, whose links are in {folder / LINKS}.html", flush=True)
            print(f"listening on http://{host}:{port}; Ctrl-C stops, and the same command goes on", flush=True)
            server.run(sockets=[socket])
    return common.OK
