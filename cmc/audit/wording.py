"""Words of forms brought to one form: case, articles, plurals, and the names of colours."""

import re

_ARTICLES = frozenset({"a", "an", "the"})
# Before a setting, "in the mountains" and "mountains" are the same.
_FILLERS = _ARTICLES | {"in", "on", "at", "by", "near", "of", "with", "over", "inside", "outside"}
# No colours of their own, but shades of the one that follows.
_SHADES = frozenset({"light", "dark", "bright", "pale", "deep"})
_COLOURS = {"gray": "grey", "violet": "purple", "golden": "gold", "turquoise": "cyan", "teal": "cyan"}
_IRREGULAR = {
    "buses": "bus",
    "people": "person",
    "persons": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "leaves": "leaf",
    "knives": "knife",
    "shelves": "shelf",
    "loaves": "loaf",
    "wolves": "wolf",
}
# Their s is no plural's.
_SINGULAR = ("ss", "us", "is")
_WITH_ES = re.compile(r"(?:ch|sh|x|ss|zz)es$")
_WORD = re.compile(r"\w+")


def singular(word: str) -> str:
    """A noun in lower case without its plural, by rule: what follows none ("bus", "grass") stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if _WITH_ES.search(word):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(_SINGULAR) else word


def name_of(text: str) -> str:
    """An object's name in lower case, without article, punctuation and plural: "The Sail-Boats" is "sail boat"."""
    *before, noun = [word for word in _words(text) if word not in _ARTICLES] or [""]
    return " ".join([*before, singular(noun)])


def colours_of(text: str) -> frozenset[str]:
    """The colours in a text, without shades and in one spelling: "Dark gray and white" is grey and white."""
    words = [word for word in _words(text) if word not in _SHADES | {"and"}]
    return frozenset(_COLOURS.get(word, word) for word in words)


def setting_words(text: str) -> frozenset[str]:
    """The words of a setting that say what it is: "in the mountains" is mountain."""
    return frozenset(singular(word) for word in _words(text) if word not in _FILLERS)


def written(texts: tuple[str, ...]) -> str:
    """Texts as one, in lower case, words apart by one blank: what is read in a picture, not how it is set."""
    return " ".join(" ".join(texts).lower().split())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
