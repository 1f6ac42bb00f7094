"""The word model: a caption as words and marks, each coded by how often it follows the ones before.

Integer arithmetic throughout. A token is coded as a head symbol (a frequent word, a mark, a class of words, or SPELL),
then within its class, then its case; SPELL is followed by its characters.
"""

from bisect import bisect_right
from collections.abc import Iterator

from cmc.core.errors import CMCError
from cmc.core.range_coder import RangeDecoder, RangeEncoder
from cmc.stream import word_table
from cmc.stream.word_table import CASES, END, LETTER_END, LETTER_OTHER, LETTERS, SPELL, WordTable
from cmc.stream.word_tokens import FLIP, join, split

_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)


class _Context:
    """The tokens just coded, as far as the next one depends on them."""

    def __init__(self, table: WordTable) -> None:
        self._table = table
        self.word = self.last = self.before = END
        self._starts, self._case = True, 0

    @property
    def case(self) -> int:
        """Number of the weights for the next word's case: at a start, after a lower-case word, after a name."""
        return 0 if self._starts else 2 if self._case else 1

    def add(self, token: str, lowered: str, case: int) -> None:
        """Go on after a token."""
        if token == FLIP:
            return
        self.before, self.last = self.last, self._table.context(lowered)
        self._case = 0 if self._starts else case
        self._starts = token in ".!?\n"
        self.word = lowered


def _cased(word: str, case: int) -> str:
    return (word, word[:1].upper() + word[1:], word.upper())[case]


def encode(text: str, version: int = word_table.VERSION) -> bytes:
    """A text as bytes; `decode` returns it to the character. The empty text may take a byte."""
    table, coder = word_table.load_word_table(version), RangeEncoder()
    context = _Context(table)
    for token in split(text):
        lowered, case = _normal(table, token)
        _put_token(coder, table, context, lowered, case)
        context.add(token, lowered, case)
    _put(coder, table.head_ends(context.before, context.last), table.head_ids[END])
    return coder.finish()


def _normal(table: WordTable, token: str) -> tuple[str, int]:
    """A token as the table knows it and its case, or as it stands (to be spelled)."""
    lowered = token.lower()
    if lowered in table.head_ids or lowered in table.tail_ids:
        for case in range(CASES):
            if _cased(lowered, case) == token:
                return lowered, case
    return token, 0


def _put(coder: RangeEncoder, ends: list[int], symbol: int) -> None:
    coder.encode(ends[symbol], ends[symbol + 1] - ends[symbol], ends[-1])


def _put_token(coder: RangeEncoder, table: WordTable, context: _Context, token: str, case: int) -> None:
    ends = table.head_ends(context.before, context.last)
    if token in table.head_ids:
        _put(coder, ends, table.head_ids[token])
    elif token in table.tail_ids:
        name = word_table.word_class(token)
        _put(coder, ends, table.head_ids[name])
        _Tail(table, context.word, name).put(coder, table.tail_ids[token])
    else:
        _put(coder, ends, table.head_ids[SPELL])
        _put_letters(coder, table, token)
        return
    if token[0].isalpha():
        _put(coder, table.cases[context.case], case)


def _put_letters(coder: RangeEncoder, table: WordTable, token: str) -> None:
    last = LETTER_END
    for letter in token:
        code = ord(letter) - 32
        symbol = code if 0 <= code < len(LETTERS) else LETTER_OTHER
        _put(coder, table.letter_ends(last), symbol)
        if symbol == LETTER_OTHER:
            coder.encode(ord(letter), 1, _CODE_POINTS)
        last = symbol
    _put(coder, table.letter_ends(last), LETTER_END)


class _Tail:
    """Intervals of the words of a class after a word: what followed it, smoothed by each word's own frequency."""

    def __init__(self, table: WordTable, last: str, name: str) -> None:
        self._ends = table.ends
        self._low, self._high = table.first[name]
        self._followers = table.after(last, name)
        self._trust = table.tail_trust * len(self._followers.ids) or 1
        self._own = self._ends[self._high] - self._ends[self._low]
        self.total = self._own * (self._trust + self._followers.ends[-1])

    def start(self, word: int) -> int:
        """Where the interval of a word begins."""
        return self._trust * (self._ends[word] - self._ends[self._low]) + self._own * self._followers.below(word)

    def put(self, coder: RangeEncoder, word: int) -> None:
        """Encode a word by its number."""
        coder.encode(self.start(word), self.start(word + 1) - self.start(word), self.total)

    def take(self, coder: RangeDecoder) -> int:
        """Decode a word's number."""
        target = coder.target(self.total)
        low, high = self._low, self._high
        while high - low > 1:
            middle = (low + high) // 2
            if self.start(middle) <= target:
                low = middle
            else:
                high = middle
        coder.consume(self.start(low), self.start(low + 1) - self.start(low))
        return low


def decode(data: bytes, longest: int, version: int = word_table.VERSION) -> str:
    """The text of `encode`'s bytes. Raises CMCError for others, and past `longest` characters."""
    coder = RangeDecoder(data)
    text = join(_tokens(coder, word_table.load_word_table(version), longest))
    coder.finish()
    return text


def _tokens(coder: RangeDecoder, table: WordTable, longest: int) -> Iterator[str]:
    context, length = _Context(table), 0
    while True:
        token, lowered, case = _take_token(coder, table, context, longest)
        if token == END:
            return
        length += len(token)
        if length > longest:
            raise CMCError(f"the caption is longer than {longest} characters; this is no stream of this toolkit")
        yield token
        context.add(token, lowered, case)


def _take(coder: RangeDecoder, ends: list[int]) -> int:
    symbol = bisect_right(ends, coder.target(ends[-1])) - 1
    coder.consume(ends[symbol], ends[symbol + 1] - ends[symbol])
    return symbol


def _take_token(coder: RangeDecoder, table: WordTable, context: _Context, longest: int) -> tuple[str, str, int]:
    token = table.head[_take(coder, table.head_ends(context.before, context.last))]
    if token == SPELL:
        token = _take_letters(coder, table, longest)
        return token, token, 0
    if token in table.first:
        token = table.tail[_Tail(table, context.word, token).take(coder)]
    case = _take(coder, table.cases[context.case]) if token[0].isalpha() else 0
    return _cased(token, case), token, case


def _take_letters(coder: RangeDecoder, table: WordTable, longest: int) -> str:
    letters: list[str] = []
    last = LETTER_END
    while (last := _take(coder, table.letter_ends(last))) != LETTER_END:
        code = last + 32
        if last == LETTER_OTHER:
            code = coder.target(_CODE_POINTS)
            coder.consume(code, 1)
        if code in _SURROGATES or len(letters) >= longest:
            raise CMCError("the caption is damaged: no such word; fetch the file again")
        letters.append(chr(code))
    return "".join(letters)
