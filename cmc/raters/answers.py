"""What a viewer's requests are answered with, once it is known whose they are."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from cmc.core.origin import text_digest
from cmc.raters.ballot import read_ballot
from cmc.raters.desk import Desk, Side
from cmc.raters.examples import NAMES, SIZE
from cmc.raters.study_folder import EXAMPLES
from cmc.raters.texts import Texts
from cmc.raters.votes import DIMENSIONS, HIGHEST, LOWEST

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent / "page"
SIDES: dict[str, Side] = {"reconstruction": "reconstruction", "reference": "reference"}
# Bytes of a ballot at most.
LARGEST = 4096


@dataclass(frozen=True)
class Sitting:
    """A viewer's request to a study. Raised by answers: NotYoursError, BallotError, OrderError, ChangedPictureError."""

    desk: Desk
    texts: Texts
    viewer: str
    request: Request


Answer = Callable[[Sitting], Awaitable[Response]]


async def with_slash(sitting: Sitting) -> Response:
    """To the page, from a link that lost its last slash."""
    return RedirectResponse(f"{sitting.request.path_params['token']}/")


async def page(sitting: Sitting) -> Response:
    """The page, with the texts of all languages."""
    # In a script element no `<` may stand that could close it.
    texts = json.dumps(sitting.texts, ensure_ascii=False).replace("<", "\\u003c")
    html = _template().render(
        texts=Markup(texts), examples=NAMES, example_size=SIZE, dimensions=DIMENSIONS, lowest=LOWEST, highest=HIGHEST
    )
    return Response(html, media_type="text/html")


async def state(sitting: Sitting) -> Response:
    """Where the viewer is."""
    return JSONResponse(await run_in_threadpool(sitting.desk.state, sitting.viewer))


async def example(sitting: Sitting) -> Response:
    """A pair of the instructions."""
    name = sitting.request.path_params["name"]
    if name not in NAMES:
        raise HTTPException(404, "no such example")
    return FileResponse(sitting.desk.study.folder / EXAMPLES / f"{name}.png", media_type="image/png")


async def picture(sitting: Sitting) -> Response:
    """One side of the pair at a place."""
    side = SIDES.get(sitting.request.path_params["side"])
    if side is None:
        raise HTTPException(404, "no such side of a pair")
    place = sitting.request.path_params["place"]
    data = await run_in_threadpool(sitting.desk.picture, sitting.viewer, place, side)
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=600"})


async def consent(sitting: Sitting) -> Response:
    """The viewer agrees to the text in the language that the body names."""
    language = (await _body(sitting.request)).decode(errors="replace")
    if language not in sitting.texts:
        raise HTTPException(400, "expected the language that the consent was read in")
    words = [text for name, text in sitting.texts[language].items() if name.startswith("consent_")]
    await run_in_threadpool(sitting.desk.store.consent, sitting.viewer, text_digest("\n".join(words)))
    return JSONResponse({})


async def cast(sitting: Sitting) -> Response:
    """A ballot; answered once it is on disk."""
    ballot = read_ballot(await _body(sitting.request), sitting.desk.study.design.step)
    return JSONResponse({"done": await run_in_threadpool(sitting.desk.cast, sitting.viewer, ballot)})


async def _body(request: Request) -> bytes:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            raise HTTPException(413, f"expected {LARGEST} bytes at most")
    return data


def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(autoescape=True, loader=FileSystemLoader(HERE), undefined=StrictUndefined)
    return environment.get_template("page.html")
