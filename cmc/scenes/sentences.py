"""The striking items of a drawn scene, from a sentence about it in the scenes' own words."""

from collections.abc import Iterable

from cmc.core.items import Item, Items
from cmc.scenes.attributes import COLOURS, KINDS, PLACES, SIZES, TEMPLATES

_OBJECTS = {name for kind in KINDS.values() for name in kind.objects}
_SETTINGS = {name: phrase for kind in KINDS.values() for name, phrase in kind.settings.items()}
_LIGHTS = tuple(phrase for kind in KINDS.values() for phrase in kind.lights)
_PHRASES = (*_OBJECTS, *COLOURS, *SIZES, *_SETTINGS.values(), *_LIGHTS, *PLACES.values(), *TEMPLATES)
WORDS = frozenset(word.strip("{}.,").lower() for phrase in _PHRASES for word in phrase.split())


def is_of_scenes(vocabulary: Iterable[str]) -> bool:
    """Whether all whole words of a tokenizer are those of sentences about scenes."""
    words = {token for token in vocabulary if token.isalpha() and len(token) > 1}
    return bool(words) and words <= WORDS


def items_of(sentence: str) -> Items | None:
    """The main object and the setting, as far as the sentence names them, described in its words; a scene has no third
    item. None of a sentence that names no object."""
    words = [word.strip(".,").lower() for word in sentence.split()]
    named = next((word for word in words if word in _OBJECTS), None)
    if named is None:
        return None
    colour = next((word for word in words if word in COLOURS), "")
    size = next((word for word in words if word in SIZES), "")
    place = _named(PLACES.values(), words)
    items = [Item(f"{colour} {named}", f"{size} {colour} {named} {place}")]
    setting = next((name for name in _SETTINGS if name in words), None)
    if setting is not None:
        items.append(Item(setting, f"{_SETTINGS[setting]} {_named(_LIGHTS, words)}"))
    return Items(tuple(items), sentence)


def _named(phrases: Iterable[str], words: list[str]) -> str:
    """The phrase that stands in a sentence; "" where none does."""
    sentence = f" {' '.join(words)} "
    return next((phrase for phrase in phrases if f" {phrase} " in sentence), "")
