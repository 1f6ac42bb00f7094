"""The JSON in an answer, whatever its keys, read into a draft."""

import json
import re

from cmc.i2t.chat_reply import Json
from cmc.i2t.itemised.draft import Draft
from cmc.i2t.itemised.labels import Part, part_of
from cmc.i2t.itemised.markup import split_pair

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_START = re.compile(r"[\[{]")


def read_json(text: str, draft: Draft) -> str:
    """Adds to the draft what the first JSON document of a text says, and returns the text around it."""
    start = _START.search(text)
    if start is None:
        return text
    rest = _TRAILING_COMMA.sub(r"\1", text[start.start() :])
    try:
        document, end = json.JSONDecoder(strict=False).raw_decode(rest)
        if isinstance(document, list) and not any(isinstance(entry, dict | list) for entry in document):
            return text  # a reference in brackets
        _walk("", document, draft)
    except (ValueError, RecursionError):
        return text
    return text[: start.start()] + rest[end:]


def _walk(key: str, value: Json, draft: Draft) -> None:
    if isinstance(value, str):
        _add(key, value, draft)
    elif isinstance(value, list):
        for entry in value:
            _walk(key, entry, draft)
    elif isinstance(value, dict):
        pair = _as_pair(key, value)
        if pair:
            draft.pairs.append(pair)
        else:
            for inner, entry in value.items():
                _walk(key if inner.isdigit() else inner, entry, draft)


def _add(key: str, text: str, draft: Draft) -> None:
    part, pair = part_of(key), split_pair(text)
    if part is Part.OVERALL:
        draft.overall = f"{draft.overall} {text}".strip()
    elif part is None and key:
        draft.pairs.append((key.replace("_", " "), text))
    elif pair and pair[1]:
        draft.pairs.append(pair)
    else:
        draft.add(part or Part.NAMES, text)


def _as_pair(key: str, entry: dict[str, Json]) -> tuple[str, str] | None:
    """Name and detail of an object that is an item; its key may be its name."""
    texts = {part_of(inner): value for inner, value in reversed(entry.items()) if isinstance(value, str)}
    named = "" if part_of(key) or key.isdigit() else key
    name, detail = texts.get(Part.NAMES, named), texts.get(Part.DETAILS)
    whole = Part.OVERALL in texts or "," in name
    return (name, detail) if name and detail and not whole else None
