"""The rating page on the web: routes, who may use them, and what is refused, in plain words."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from cmc.raters import answers
from cmc.raters.answers import HERE, Answer, Sitting
from cmc.raters.ballot import BallotError
from cmc.raters.desk import ChangedPictureError, Desk, NotYoursError
from cmc.raters.limits import RateLimit
from cmc.raters.links import Signer
from cmc.raters.texts import Texts
from cmc.raters.vote_store import OrderError

LOG = logging.getLogger(__name__)
TYPES = {".js": "text/javascript", ".css": "text/css"}
SCRIPTS = ("app.js", "ballots.js", "looking.js", "message.js", "pictures.js", "scale.js", "screens.js")
ASSETS = ("page.css", *SCRIPTS)
# Nothing from elsewhere is loaded, nothing is told elsewhere, and no other page can frame this one.
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
REFUSALS: dict[type[Exception], int] = {NotYoursError: 403, BallotError: 400, OrderError: 409}


@dataclass(frozen=True)
class Door:
    """Lets in whoever has a viewer's link, as that viewer; there are no cookies, and no other way in.

    viewer_limit: of a viewer's requests, far above what a person does, with room for votes that were kept while the
    network was away; stranger_limit: of wrong links by address, which does not hold up neighbours with a right one.
    """

    desk: Desk
    signer: Signer
    texts: Texts
    viewer_limit: RateLimit = field(default_factory=lambda: RateLimit(rate=30, burst=100))
    stranger_limit: RateLimit = field(default_factory=lambda: RateLimit(rate=1, burst=20))

    def route(self, path: str, answer: Answer, method: str = "GET") -> Route:
        """`answer` below a viewer's link. A link that the study did not sign is refused, and too many requests are."""

        async def handle(request: Request) -> Response:
            sitting = Sitting(self.desk, self.texts, self._viewer(request), request)
            try:
                return await answer(sitting)
            except (NotYoursError, BallotError, OrderError) as error:
                raise HTTPException(REFUSALS[type(error)], str(error)) from error

        return Route(f"/{{token}}{path}", handle, methods=[method])

    def _viewer(self, request: Request) -> str:
        viewer = self.signer.viewer(request.path_params["token"])
        known = viewer is not None and viewer in self.desk.study.playlists
        host = request.client.host if request.client else ""
        if not (self.viewer_limit.allows(viewer) if known else self.stranger_limit.allows(host)):
            raise HTTPException(429, "too many requests; wait a moment", {"Retry-After": "1"})
        if viewer is None or not known:
            raise HTTPException(404, "no such link")
        return viewer


def make_app(desk: Desk, signer: Signer, texts: Texts) -> Starlette:
    """The application, to be served."""
    door = Door(desk, signer, texts)
    app = Starlette(
        routes=[
            Route("/assets/{name}", _asset),
            door.route("", answers.with_slash),
            door.route("/", answers.page),
            door.route("/state", answers.state),
            door.route("/example/{name}", answers.example),
            door.route("/picture/{place:int}/{side}", answers.picture),
            door.route("/consent", answers.consent, "POST"),
            door.route("/ballots", answers.cast, "POST"),
        ],
        exception_handlers={HTTPException: _refuse, ChangedPictureError: _changed},
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_with_headers)],
    )
    app.router.redirect_slashes = False  # by absolute addresses, which are wrong behind a proxy
    return app


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404, "no such file")
    return FileResponse(HERE / name, media_type=TYPES[Path(name).suffix])


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


async def _changed(request: Request, error: Exception) -> Response:
    LOG.error("%s; put it back", error)
    return PlainTextResponse("this picture is not the one of the study any more; tell whoever runs it\n", 503)


async def _with_headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
