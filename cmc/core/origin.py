"""What an output was made from: digests that travel with the file, and how they differ from what is there now."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

# Of a SHA-256, in hexadecimal: 128 bits, more than enough to tell files apart by.
DIGITS = 32
# The PNG text chunk that holds an `Origin` as JSON.
CHUNK = "cmc"
# What a user is told of an output that says nothing.
UNKNOWN = "of unknown making"
_WORDS = {
    "settings": "other settings",
    "gt": "another ground truth",
    "caption": "another caption",
    "reference": "another reference",
    "stream": "another stream",
    "maps": "other maps",
}
# Files of before there were any say nothing of maps; those that had none still do not, and are read by either.
_LATER = frozenset({"maps"})


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The digests of what went into an output: "" for what did not, None for what is not known.

    settings: `settings_digest` of its run file; gt: the ground truth's file; caption: its text; reference: the pixels
    of the starting image; stream: the bytes that it was decoded from; maps: the bits that say where items are.
    """

    settings: str | None = None
    gt: str | None = None
    caption: str | None = ""
    reference: str | None = ""
    stream: str | None = ""
    maps: str | None = ""

    def differences(self, now: "Origin") -> list[str]:
        """What went in that is not the same `now`, in words; what either does not know counts as the same."""
        pairs = {name: (getattr(self, name), getattr(now, name)) for name in _WORDS}
        return [_WORDS[name] for name, (then, today) in pairs.items() if None not in (then, today) and then != today]

    def to_document(self) -> dict[str, str | None]:
        """As a JSON object."""
        return {name: value for name, value in asdict(self).items() if value != "" or name not in _LATER}

    def to_json(self) -> str:
        """One line."""
        return json.dumps(self.to_document())

    @classmethod
    def from_document(cls, document: object) -> "Origin | None":
        """From a JSON object; None for any other."""
        names = {field.name for field in fields(cls)}
        if not isinstance(document, dict) or not names - _LATER <= document.keys() <= names:
            return None
        if not all(value is None or isinstance(value, str) for value in document.values()):
            return None
        return cls(**document)


def png_info(origin: Origin) -> PngInfo:
    """The text chunk that says what a picture was made from."""
    info = PngInfo()
    info.add_text(CHUNK, origin.to_json())
    return info


def read_origin(path: Path) -> Origin | None:
    """What a PNG says that it was made from; None for a picture of unknown making, or of none that can be read."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return Origin.from_document(json.loads(image.info.get(CHUNK, "null")))
    except Exception:  # Pillow's plugins raise any kind on rubbish, which whoever loads the picture will name
        return None


def digest(data: bytes) -> str:
    """The first DIGITS of a SHA-256."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def text_digest(text: str) -> str:
    """Of a caption."""
    return digest(text.encode())


def settings_digest(run: Mapping[str, object]) -> str:
    """Of what a run file says that outputs depend on: its settings, and what was loaded.

    Where captions and references lay does not matter, for each output knows its own; nor does the path that weights
    came by, where their revision is known.
    """
    sections = without({name: run[name] for name in ("settings", "loaded") if name in run}, "captions", "references")
    loaded = sections.get("loaded")
    if isinstance(loaded, Mapping) and loaded.get("revision"):
        sections = without(sections, "checkpoint")
    return digest(json.dumps(sections, sort_keys=True).encode())


def without(sections: Mapping[str, object], *names: str) -> dict[str, Any]:
    """Sections of a run file without some of their entries."""
    return {
        name: {key: value for key, value in section.items() if key not in names}
        if isinstance(section, Mapping)
        else section
        for name, section in sections.items()
    }


def count_reasons(reasons: Iterable[str]) -> str:
    """`3 were made from another caption, 2 from another reference`; empty for no reason."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return ", ".join(f"{count} from {reason}" for reason, count in counts.items())
