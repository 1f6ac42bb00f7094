"""The layouts of captions: how one is asked for, and how an answer is read."""

from collections.abc import Callable
from dataclasses import dataclass

from cmc.audit.form import QUESTION, WORDS
from cmc.i2t.answers import checked
from cmc.i2t.base import Answer
from cmc.i2t.form_answer import checked_form
from cmc.i2t.itemised.answer import checked_items
from cmc.i2t.prompts import MISC_PROMPT


@dataclass(frozen=True)
class Layout:
    """check: an answer as the table holds it, or its error; question: what every encoder is asked, "" where that is the
    user's choice; words: that the question asks for, 0 as `question`."""

    name: str
    check: Callable[[Answer], Answer]
    question: str = ""
    words: int = 0

    def table(self, encoder: str) -> str:
        """The file name of an encoder's captions in it."""
        return f"{encoder}-{self.name}.csv" if self.question else f"{encoder}.csv"


PLAIN = Layout("plain", checked)
# Three names of 3 words, three details of 10, and 50 words of the whole.
MISC = Layout("misc", checked_items, MISC_PROMPT, words=3 * (3 + 10) + 50)
# No captions: the answers of `cmc audit`.
AUDIT = Layout("audit", checked_form, QUESTION, WORDS)
LAYOUTS = {layout.name: layout for layout in (PLAIN, MISC)}
