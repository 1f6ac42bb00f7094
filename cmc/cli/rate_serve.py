"""`cmc rate serve`: the rating page of a study, until it is stopped."""

import argparse

from cmc.cli import arguments, common, rate_study
from cmc.core.errors import CMCError
from cmc.core.lock import one_writer
from cmc.raters.link_sheet import save_links
from cmc.raters.links import Signer, links, read_secret
from cmc.raters.study_folder import LINKS, SECRET, load_study


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Serve a study's page. Stop it at any time, also by kill -9; the same command goes on."
    parser = arguments.subcommand(ways, "rate serve", about)
    rate_study.add_study(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the whole network")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    rate_study.add_url(parser, None)
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
        if args.url:
            save_links(folder / LINKS, links(Signer(read_secret(folder / SECRET)), study.playlists, args.url))
        study.refuse_changed(rate_study.progress("checking"))
        with listen(args.host, args.port) as socket, opened(study) as server:
            host, port = socket.getsockname()[:2]
            where = f"{folder / LINKS}.html (for another address: --url)"
            print(f"{folder}: {len(study.playlists)} viewers, whose links are in {where}", flush=True)
            print(f"listening on http://{host}:{port}; Ctrl-C stops, and the same command goes on", flush=True)
            server.run(sockets=[socket])
    return common.OK
