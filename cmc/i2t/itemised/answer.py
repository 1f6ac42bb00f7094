"""The check of an answer to the question for a structured caption: what is none fails its picture by name."""

from dataclasses import replace

from cmc.core.errors import reason
from cmc.core.items import MOST_ITEMS, Items
from cmc.i2t.answers import checked
from cmc.i2t.base import Answer
from cmc.i2t.itemised.draft import Draft, NoItemsError
from cmc.i2t.itemised.json_part import read_json
from cmc.i2t.itemised.lines import read_lines

# Characters, many times an answer: the time is bounded, whatever a server sends.
_LOOKED_AT = 20_000


def checked_items(answer: Answer) -> Answer:
    """The structured caption as its text, or an error as of `checked`, or where items or overall description lack.

    `remark` says where there were more or fewer than three items.
    """
    plain = checked(answer)
    if plain.error:
        return plain
    try:
        items, count = read_items(plain.text)
    except NoItemsError as error:
        return replace(plain, text="", error=f"{error} in the answer: {reason(' '.join(plain.text.split()))}")
    return replace(plain, text=items.to_text(), remark=_remark(count))


def read_items(text: str) -> tuple[Items, int]:
    """The structured caption in an answer, and how many items that had. Raises NoItemsError."""
    written = Items.from_text(text) if text.startswith("[") else None
    if written is not None and written.items:
        return written, len(written.items)
    draft = Draft()
    read_lines(read_json(text[:_LOOKED_AT], draft), draft)
    return draft.finished()


def _remark(count: int) -> str:
    if count == MOST_ITEMS:
        return ""
    return (
        f"more than {MOST_ITEMS} items, of which the first are kept"
        if count > MOST_ITEMS
        else (f"fewer than {MOST_ITEMS} items, kept as they are")
    )
