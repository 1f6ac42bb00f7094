"""An answer read as a filled-in form: forgiving about what surrounds the JSON, strict about what it says."""

import json
import re
from collections.abc import Iterator
from typing import Any

from cmc.audit.form import Form, FormObject

# Characters and beginnings of objects that are looked at: the time is bounded, whatever a server sends.
_LOOKED_AT, _MOST_STARTS = 20_000, 40
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_KEYS = ("objects", "setting", "text")
_NOTHING = frozenset({"", "none", "n/a", "na", "null", "unknown", "no"})
_SPELLINGS = {"color": "colour", "texts": "text"}


class NoFormError(Exception):
    """Why an answer is no filled-in form."""


def read_form(answer: str) -> Form:
    """The first filled-in form in an answer, be it in a code fence, amid prose or with trailing commas. `color` is read
    as `colour`, digits as numbers, and "none" as nothing. Raises NoFormError with the first fault found."""
    fault = ""
    for document in _objects(answer[:_LOOKED_AT]):
        try:
            return _form(document)
        except NoFormError as error:
            fault = fault or str(error)
    raise NoFormError(fault or ("no JSON that can be read" if "{" in answer else "no JSON"))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text that have a key of the form, inner ones too. A comma before a closing
    bracket is only taken away where the JSON cannot be read with it, since it may stand in a text."""
    for start in [match.start() for match in re.finditer(r"\{", text)][:_MOST_STARTS]:
        for json_text in (text[start:], _TRAILING_COMMA.sub(r"\1", text[start:])):
            try:
                document, _ = json.JSONDecoder(strict=False).raw_decode(json_text)
            except (ValueError, RecursionError):
                continue
            entries = {_key(key): value for key, value in document.items()}
            if entries.keys() & set(_KEYS):
                yield entries
            break


def _key(key: str) -> str:
    plain = key.strip().lower()
    return _SPELLINGS.get(plain, plain)


def _form(document: dict[str, Any]) -> Form:
    lacking = [key for key in _KEYS if key not in document]
    if lacking:
        raise NoFormError(f"the JSON has no {' and no '.join(lacking)}")
    kinds = document["objects"] or []
    if not isinstance(kinds, list):
        raise NoFormError("its objects are no list")
    objects = [_object(kind) for kind in kinds]
    return Form(tuple(kind for kind in objects if kind.count), _words(document, "setting"), _texts(document["text"]))


def _object(kind: object) -> FormObject:
    if not isinstance(kind, dict):
        raise NoFormError("an object of its list is no JSON object")
    entry = {_key(key): value for key, value in kind.items()}
    name = _words(entry, "name")
    if not name:
        raise NoFormError("an object has no name")
    return FormObject(name, _count(entry.get("count")), _words(entry, "colour"))


def _count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < 0:
        raise NoFormError(f"the count of an object is no number but {json.dumps(value)[:40]}")
    return int(value)


def _words(entry: dict[str, Any], key: str) -> str:
    """A text on one line; "" for what says nothing."""
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise NoFormError(f"its {key} is no text")
    words = " ".join((value or "").split())
    return "" if words.lower() in _NOTHING else words


def _texts(value: object) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise NoFormError("its text is no list of texts")
    lines = (" ".join(text.split()) for text in texts)
    return tuple(line for line in lines if line)
