"""`<table>.origins.json` beside a caption table: what each caption was made from, bound to its text by a digest."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from cmc.core.captions import write_captions
from cmc.core.files import write_json
from cmc.core.origin import Origin, text_digest


def origins_file(table: Path) -> Path:
    """The file beside a caption table."""
    return table.with_suffix(".origins.json")


def read_origins(table: Path, captions: Mapping[str, str], key: Callable[[str], str] = str) -> dict[str, Origin]:
    """What captions were made from, by what `key` makes of a name, as they are; those that were written or changed by
    hand say nothing and are not in."""
    try:
        document = json.loads(origins_file(table).read_text(encoding="utf-8"))
        origins = {key(name): Origin.from_document(entry) for name, entry in document.items()}
    except (OSError, ValueError, AttributeError):
        return {}
    return {
        name: origin
        for name, origin in origins.items()
        if origin and name in captions and origin.caption == text_digest(captions[name])
    }


def write_captions_with_origins(table: Path, captions: Mapping[str, str], origins: Mapping[str, Origin]) -> None:
    """Write a caption table and what its captions were made from, each whole or not at all.

    The origins come first: what a kill in between leaves names captions that are not there, and counts for nothing.
    """
    write_json(origins_file(table), {name: origin.to_document() for name, origin in sorted(origins.items())})
    write_captions(table, captions)
