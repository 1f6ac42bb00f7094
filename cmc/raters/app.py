"""The rating page on the web: routes, and what they refuse, in plain words."""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cmc.core.origin import text_digest
from cmc.raters.ballot import BallotError, read_ballot
from cmc.raters.desk import ChangedPictureError, Desk, NotYoursError, Side
from cmc.raters.examples import NAMES, SIZE
from cmc.raters.limits import RateLimit
from cmc.raters.links import Signer
from cmc.raters.study_folder import EXAMPLES
from cmc.raters.texts import Texts
from cmc.raters.vote_store import OrderError
from cmc.raters.votes import DIMENSIONS, HIGHEST, LOWEST

if TYPE_CHECKING:
    from jinja2 import Template

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent / "page"
SCRIPTS = ("app.js", "ballots.js", "pictures.js", "scale.js", "screens.js")
TYPES = {".js": "text/javascript", ".css": "text/css"}
ASSETS = {name: TYPES[Path(name).suffix] for name in ("page.css", *SCRIPTS)}
SIDES: dict[str, Side] = {"reconstruction": "reconstruction", "reference": "reference"}
# Bytes of a ballot at most.
LARGEST = 4096
# Nothing from elsewhere is loaded, nothing is told elsewhere, and no other page can frame this one.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Answer = Callable[["RatingApp", Request, str], Awaitable[Response]]


class RatingApp:
    """A study's pages. Whoever has a viewer's link is that viewer; there are no cookies, and no other way in."""

    def __init__(self, desk: Desk, signer: Signer, texts: Texts) -> None:
        self.desk, self.signer, self.texts = desk, signer, texts
        # Of a viewer, far above what a person does, with room for what was kept while the network was away.
        self.viewer_limit = RateLimit(rate=30, burst=100)
        # Of wrong links, by address; those who have a right one are not held up by neighbours.
        self.stranger_limit = RateLimit(rate=1, burst=20)

    def routes(self) -> list[Route]:
        """All that is answered."""
        return [
            Route("/assets/{name}", _asset),
            Route("/{token}/", self._as_viewer(_page)),
            Route("/{token}/state", self._as_viewer(_state)),
            Route("/{token}/example/{name}", self._as_viewer(_example)),
            Route("/{token}/picture/{place:int}/{side}", self._as_viewer(_picture)),
            Route("/{token}/consent", self._as_viewer(_consent), methods=["POST"]),
            Route("/{token}/ballots", self._as_viewer(_cast), methods=["POST"]),
        ]

    def _as_viewer(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """`answer`, told who asks. Refuses a link that was not signed by the study, and too many requests."""

        async def handle(request: Request) -> Response:
            viewer = self.signer.viewer(request.path_params["token"])
            if viewer is None or viewer not in self.desk.study.playlists:
                host = request.client.host if request.client else ""
                raise _too_many() if not self.stranger_limit.allows(host) else HTTPException(404, "no such link")
            if not self.viewer_limit.allows(viewer):
                raise _too_many()
            try:
                return await answer(self, request, viewer)
            except (NotYoursError, BallotError, OrderError) as error:
                raise HTTPException(REFUSALS[type(error)], str(error)) from error

        return handle


REFUSALS: dict[type[Exception], int] = {NotYoursError: 403, BallotError: 400, OrderError: 409}


def make_app(desk: Desk, signer: Signer, texts: Texts) -> Starlette:
    """The application, to be served."""
    handlers = {HTTPException: _refuse, ChangedPictureError: _changed}
    headers = Middleware(BaseHTTPMiddleware, dispatch=_with_headers)
    return Starlette(routes=RatingApp(desk, signer, texts).routes(), exception_handlers=handlers, middleware=[headers])


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404, "no such file")
    return FileResponse(HERE / name, media_type=ASSETS[name])


async def _page(app: RatingApp, request: Request, viewer: str) -> Response:
    # In a script element no `<` may stand that could close it.
    texts = json.dumps(app.texts, ensure_ascii=False).replace("<", "\\u003c")
    html = _template().render(
        texts=Markup(texts), examples=NAMES, example_size=SIZE, dimensions=DIMENSIONS, lowest=LOWEST, highest=HIGHEST
    )
    return Response(html, media_type="text/html")


async def _state(app: RatingApp, request: Request, viewer: str) -> Response:
    return JSONResponse(await run_in_threadpool(app.desk.state, viewer))


async def _example(app: RatingApp, request: Request, viewer: str) -> Response:
    name = request.path_params["name"]
    if name not in NAMES:
        raise HTTPException(404, "no such example")
    return FileResponse(app.desk.study.folder / EXAMPLES / f"{name}.png", media_type="image/png")


async def _picture(app: RatingApp, request: Request, viewer: str) -> Response:
    side = SIDES.get(request.path_params["side"])
    if side is None:
        raise HTTPException(404, "no such side of a pair")
    data = await run_in_threadpool(app.desk.picture, viewer, request.path_params["place"], side)
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=600"})


async def _consent(app: RatingApp, request: Request, viewer: str) -> Response:
    language = (await _body(request)).decode(errors="replace")
    if language not in app.texts:
        raise HTTPException(400, "expected the language that the consent was read in")
    text = "\n".join(words for name, words in app.texts[language].items() if name.startswith("consent_"))
    await run_in_threadpool(app.desk.store.consent, viewer, text_digest(text))
    return JSONResponse({})


async def _cast(app: RatingApp, request: Request, viewer: str) -> Response:
    ballot = read_ballot(await _body(request), app.desk.study.design.step)
    return JSONResponse({"done": await run_in_threadpool(app.desk.cast, viewer, ballot)})


async def _body(request: Request) -> bytes:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            raise HTTPException(413, f"expected {LARGEST} bytes at most")
    return data


def _too_many() -> HTTPException:
    return HTTPException(429, "too many requests; wait a moment", {"Retry-After": "1"})


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


def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(autoescape=True, loader=FileSystemLoader(HERE), undefined=StrictUndefined)
    return environment.get_template("page.html")
