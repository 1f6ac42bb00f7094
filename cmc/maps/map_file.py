"""`<key>.map.json`: the maps of an image's items, drawn in rows of `.` and `#`, and what they were made from."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.core.files import write_json
from cmc.core.origin import Origin
from cmc.maps.item_map import SIDE

# Under Ref.
FOLDER = "map"
# A suffix of its own, or the maps of an image called `run` would be the run file.
SUFFIX = ".map.json"
OFF, ON = ".#"


@dataclass(frozen=True)
class ItemMaps:
    """The items of an image in the order of its caption: names, and maps, bool (items, 8, 8)."""

    names: Sequence[str]
    maps: np.ndarray
    origin: Origin


def write_maps(path: Path, item_maps: ItemMaps) -> None:
    """Write the maps of an image, whole or not at all."""
    drawn = [["".join(ON if bit else OFF for bit in row) for row in bits] for bits in item_maps.maps.tolist()]
    items = [{"name": name, "map": rows} for name, rows in zip(item_maps.names, drawn, strict=True)]
    write_json(path, {"items": items, "origin": asdict(item_maps.origin)})


def read_maps(path: Path) -> ItemMaps:
    """The maps of `write_maps`. Raises CMCError for another file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        names = [str(item["name"]) for item in document["items"]]
        maps = [_read_map(item["map"]) for item in document["items"]]
        origin = Origin.from_document(document["origin"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_maps(path, reason(error)) from error
    if origin is None:
        raise _no_maps(path, "it does not say what it was made from")
    return ItemMaps(names, np.array(maps, bool).reshape(-1, SIDE, SIDE), origin)


def _read_map(rows: Sequence[str]) -> list[list[bool]]:
    if len(rows) != SIDE or any(len(row) != SIDE or set(row) - {OFF, ON} for row in rows):
        raise ValueError(f"expected {SIDE} rows of {SIDE} of {OFF!r} and {ON!r}")
    return [[mark == ON for mark in row] for row in rows]


def _no_maps(path: Path, why: str) -> CMCError:
    return CMCError(f"{path} holds no maps ({why}); make them anew with cmc maps --overwrite")
