"""What a scene can show: the attributes of each content type, and the captions that name them."""

from dataclasses import dataclass

import numpy as np

# Hue in degrees, saturation and value in [0, 1]. Only the main object is this saturated; the setting is muted, so
# that the object's colour can be found in a picture without knowing where the object is.
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0, 0.88, 0.86),
    "orange": (27, 0.92, 0.97),
    "yellow": (54, 0.88, 0.97),
    "green": (120, 0.80, 0.66),
    "cyan": (180, 0.82, 0.84),
    "blue": (224, 0.85, 0.90),
    "purple": (275, 0.76, 0.80),
    "pink": (325, 0.72, 0.96),
}
SIZES = ("small", "large")
POSITIONS = ("left", "middle", "right")


@dataclass(frozen=True)
class Kind:
    """One content type: its `subtype` in file names, and what its scenes are put together from.

    settings: key word of the setting -> its phrase; lights: phrases of the light or time of day.
    """

    subtype: str
    objects: tuple[str, ...]
    settings: dict[str, str]
    lights: tuple[str, ...]


KINDS = {
    "NSI": Kind(
        "land",
        ("house", "tree", "boat", "balloon", "tent", "car"),
        {
            "meadow": "in a meadow",
            "sea": "by the sea",
            "mountains": "in the mountains",
            "desert": "in the desert",
            "snow": "in the snow",
        },
        ("on a sunny day", "on a cloudy day", "at dusk", "at night"),
    ),
    "SCI": Kind(
        "window",
        ("window", "chart", "button", "folder", "message", "tile"),
        {
            "desktop": "on a desktop",
            "terminal": "over a terminal",
            "page": "on a web page",
            "spreadsheet": "in a spreadsheet",
            "game": "in a game",
        },
        ("in a light theme", "in a dark theme"),
    ),
    "AIGI": Kind(
        "shape",
        ("circle", "square", "triangle", "star", "ring", "cross"),
        {
            "stripes": "on stripes",
            "dots": "on dots",
            "waves": "on waves",
            "checkerboard": "on a checkerboard",
            "clouds": "in clouds",
        },
        ("in soft light", "in hard light"),
    ),
}

TEMPLATES = (
    "A {size} {colour} {object} {setting} {light}, {place}.",
    "{place}, a {size} {colour} {object} {setting} {light}.",
    "A {size} {colour} {object} {place} of the picture, {setting} {light}.",
    "There is a {size} {colour} {object} {place}, {setting} {light}.",
)
PLACES = {"left": "on the left", "middle": "in the middle", "right": "on the right"}


@dataclass(frozen=True)
class Attributes:
    """What a scene shows: `kind` and `setting` are keys of KINDS and of its settings, `colour` one of COLOURS."""

    kind: str
    object: str
    colour: str
    setting: str
    light: str
    size: str
    position: str


def random_attributes(kind: str, rng: np.random.Generator) -> Attributes:
    """Attributes drawn uniformly and independently of each other."""
    choices = KINDS[kind]
    options = (choices.objects, tuple(COLOURS), tuple(choices.settings), choices.lights, SIZES, POSITIONS)
    return Attributes(kind, *(str(rng.choice(values)) for values in options))


def caption(shown: Attributes, rng: np.random.Generator) -> str:
    """A sentence that names every attribute, in one of a few forms."""
    phrases = {
        "size": shown.size,
        "colour": shown.colour,
        "object": shown.object,
        "setting": KINDS[shown.kind].settings[shown.setting],
        "light": shown.light,
        "place": PLACES[shown.position],
    }
    text = str(rng.choice(TEMPLATES)).format(**phrases)
    text = text.replace("a orange", "an orange")
    return text[0].upper() + text[1:]


def named_attributes(text: str, shown: Attributes) -> dict[str, bool]:
    """Which of main object, colour and setting a caption names, and no other of the same sort instead.

    A sort counts as right when its true word is there and no other word of that sort stands in the text.
    """
    words = {word.strip(".,!?\"'").lower() for word in text.split()}
    vocabulary = {
        "object": {name for kind in KINDS.values() for name in kind.objects},
        "colour": set(COLOURS),
        "setting": {name for kind in KINDS.values() for name in kind.settings},
    }
    truth = {"object": shown.object, "colour": shown.colour, "setting": shown.setting}
    return {sort: words & vocabulary[sort] == {truth[sort]} for sort in vocabulary}
