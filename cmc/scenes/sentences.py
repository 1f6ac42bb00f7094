"""The striking items of a drawn scene, and the form of the audit, from a sentence about it in the scenes' own words."""

from collections.abc import Collection, Iterable

from cmc.audit.form import Form, FormObject
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
    words = _words(sentence)
    named, colour, size, setting = (_first(words, sort) for sort in (_OBJECTS, COLOURS, SIZES, _SETTINGS))
    if not named:
        return None
    place = _named(PLACES.values(), words)
    items = [Item(f"{colour} {named}", f"{size} {colour} {named} {place}")]
    if setting:
        items.append(Item(setting, f"{_SETTINGS[setting]} {_named(_LIGHTS, words)}"))
    return Items(tuple(items), sentence)


def form_of(sentence: str) -> Form | None:
    """The form of the audit as far as the sentence fills it in: one main object, which a scene has, and the setting;
    such sentences quote no text. None of a sentence that names neither."""
    words = _words(sentence)
    named, colour, setting = (_first(words, sort) for sort in (_OBJECTS, COLOURS, _SETTINGS))
    if not (named or setting):
        return None
    return Form((FormObject(named, 1, colour),) if named else (), setting, ())


def _words(sentence: str) -> list[str]:
    return [word.strip(".,").lower() for word in sentence.split()]


def _first(words: list[str], sort: Collection[str]) -> str:
    """The first word of a sort; "" where there is none."""
    return next((word for word in words if word in sort), "")


def _named(phrases: Iterable[str], words: list[str]) -> str:
    """The phrase that stands in a sentence; "" where none does."""
    sentence = f" {' '.join(words)} "
    return next((phrase for phrase in phrases if f" {phrase} " in sentence), "")
