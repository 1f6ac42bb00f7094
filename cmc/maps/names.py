"""What maps are made of: the names of a structured caption's items."""

from collections.abc import Sequence

from cmc.core.errors import CMCError
from cmc.core.items import Items
from cmc.core.origin import text_digest


def names_of(text: str) -> list[str]:
    """One to three names, in order. Raises CMCError for a plain caption, and for a structured one without items."""
    items = Items.from_text(text)
    if items is None or not items.items:
        found = "a plain caption" if items is None else "none"
        raise CMCError(f"expected the names of items, found {found}; caption it anew with cmc i2t --layout misc")
    return [item.name for item in items.items]


def names_digest(names: Sequence[str]) -> str:
    """What maps note as their caption's."""
    return text_digest("\n".join(names))
