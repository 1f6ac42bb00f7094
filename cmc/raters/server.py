"""A study, served."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.raters.app import make_app
from cmc.raters.desk import Desk
from cmc.raters.links import Signer, read_secret
from cmc.raters.study_folder import DATABASE, SECRET, TEXTS, RatingStudy
from cmc.raters.texts import read_texts
from cmc.raters.vote_store import VoteStore

if TYPE_CHECKING:
    from uvicorn import Server

# Seconds that requests under way have when the server is stopped.
GRACE = 5


@contextmanager
def opened(study: RatingStudy) -> Iterator["Server"]:
    """A server of a study that is to be run on `listen`'s socket; its votes are closed at the end. Raises CMCError for
    a study whose texts, secret or votes are not its own."""
    import uvicorn

    signer, texts = Signer(read_secret(study.folder / SECRET)), read_texts(study.folder / TEXTS)
    store = VoteStore(study.folder / DATABASE, study.identity)
    try:
        app = make_app(Desk(study, store), signer, texts)
        # Links are keys, so that no log of them is written.
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE, server_header=False
        )
        yield uvicorn.Server(config)
    finally:
        store.close()


def listen(host: str, port: int) -> socket.socket:
    """Port 0: any that is free. Raises CMCError where it is taken, not allowed, or none."""
    try:
        return socket.create_server((host, port), backlog=256)
    except (OSError, OverflowError) as error:
        found = error.strerror if isinstance(error, OSError) else "ports are 0 to 65535"
        raise CMCError(f"{host}:{port} cannot be listened on ({found}); name another --host or --port") from error
