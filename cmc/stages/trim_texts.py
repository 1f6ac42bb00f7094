"""Texts cut where CLIP's text encoder stops reading: what it does not read need not be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.items import SentText

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

# Tokens that the text encoder reads, beginning and end of the text among them.
LIMIT = 77
_ENDS = 2


@dataclass(frozen=True)
class TextLimit:
    """CLIP's tokenizer as a limit to texts."""

    tokenizer: "CLIPTokenizer"

    @classmethod
    def load(cls, folder: Path | None, weights: Path) -> "TextLimit":
        """With the tokenizer in `folder`, or, without one, that in `weights`/tokenizer, or the hub's. Raises CMCError
        when it cannot be had."""
        from cmc.t2i.restorers.text_encoder import VOCABULARY, load_tokenizer, read_tokenizer

        if folder is None:
            return cls(load_tokenizer(weights))
        return cls(read_tokenizer(folder, f"name a folder with vocab.json and merges.txt of {VOCABULARY}"))

    def tokens(self, text: str) -> int:
        """How many a text has."""
        return len(self.tokenizer(text).input_ids)

    def cut(self, text: str) -> str:
        """A text as far as it is read: cut at the end of a token so that what is left has LIMIT tokens at most."""
        if self.tokens(text) <= LIMIT:
            return text
        spans = self.tokenizer(text, return_offsets_mapping=True)["offset_mapping"][1:-1]
        # Half a word may have more tokens than the whole had up to there.
        for _, end in reversed(spans[: LIMIT - _ENDS]):
            if self.tokens(text[:end]) <= LIMIT:
                return text[:end].rstrip()
        return ""


def any_may_be_over(texts: Iterable[SentText]) -> bool:
    """Whether one of all texts can have more tokens than LIMIT, for which a tokenizer is worth loading: a token is a
    byte at least."""
    return any(len(text.encode(errors="replace")) > LIMIT - _ENDS for sent in texts for text in sent.parts)


def cut_texts(texts: Mapping[str, SentText], limit: TextLimit) -> dict[str, SentText]:
    """By key, with each of details and description cut, those of which something is past the limit."""
    cut = {key: SentText(tuple(map(limit.cut, sent.details)), limit.cut(sent.overall)) for key, sent in texts.items()}
    return {key: sent for key, sent in cut.items() if sent != texts[key]}
