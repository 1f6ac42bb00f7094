"""What the tokens of an answer say."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from cmc.i2t.thoughts import is_mark


class TokenReader:
    """Decodes with a checkpoint's processor: special tokens say nothing, but for the marks of thoughts."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        vocabulary: dict[str, int] = processor.tokenizer.get_vocab()
        self._thought_marks = {number: token for token, number in vocabulary.items() if is_mark(token)}

    def text(self, tokens: Iterable[int]) -> str:
        """Of an answer's token ids, with or without its end."""
        parts = groupby(tokens, self._thought_marks.get)
        return "".join(mark or self._processor.decode(list(said), skip_special_tokens=True) for mark, said in parts)
