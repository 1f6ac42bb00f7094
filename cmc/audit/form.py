"""The form that an encoder fills in about a picture: objects with counts and colours, the setting, the text."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FormObject:
    """Objects, people or animals of one kind: the name, how many there are (from 1), and their main colour, "" where
    none stands out."""

    name: str
    count: int
    colour: str


@dataclass(frozen=True)
class Form:
    """What is in a picture, in the words of who answered: kinds of objects, the setting ("" for none), and every text
    that can be read, in reading order."""

    objects: tuple[FormObject, ...]
    setting: str
    text: tuple[str, ...]

    def to_json(self) -> str:
        """One line, which `read_form` reads as this form."""
        return json.dumps(asdict(self), ensure_ascii=False)


_TEXT = {"type": "string"}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has these properties and no other, as servers that hold models to a schema ask for."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


# JSON Schema of a filled-in form.
SCHEMA = _closed(
    {
        "objects": {
            "type": "array",
            "items": _closed({"name": _TEXT, "count": {"type": "integer"}, "colour": _TEXT}),
        },
        "setting": _TEXT,
        "text": {"type": "array", "items": _TEXT},
    }
)
QUESTION = (
    "Fill in this form about the image. Answer with the JSON alone.\n"
    '{"objects": [{"name": "", "count": 1, "colour": ""}], "setting": "", "text": [""]}\n'
    "objects: the main kinds of objects, people and animals, 10 at most, each kind once; name: one or two words, "
    "singular, without its colour; count: how many there are, a number; colour: its main colour in one word, empty if "
    "none stands out.\n"
    "setting: the place or background in 1 to 3 words.\n"
    "text: every text that can be read in the image, in reading order; an empty list if there is none.\n"
    "Name only what can be seen."
)
# Words that there must be room for: 10 objects of a few words each, and a page of text.
WORDS = 250
