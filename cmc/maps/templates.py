"""The ways in which CLIP Surgery says what a picture shows: OpenAI's 80 templates for ImageNet, and 5 of a scene."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "templates.txt"
BLANK = "{}"


@cache
def templates() -> tuple[str, ...]:
    """The 85 templates, each with a `{}` for the name."""
    return tuple(FILE.read_text(encoding="utf-8").splitlines())


def sentences(name: str) -> list[str]:
    """What the templates say of a name; of "" they say what every picture has in common."""
    return [template.replace(BLANK, name) for template in templates()]
