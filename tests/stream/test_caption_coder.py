import hashlib
import tracemalloc
from pathlib import Path

import brotli
import pytest

from cmc.core.errors import CMCError
from cmc.stream import caption_coder, word_model, word_table
from cmc.stream.caption_coder import MAX_BYTES, TextCoder
from cmc.stream.word_tokens import FLIP, join, split

CAPTIONS = Path(__file__).with_name("captions.txt").read_text(encoding="utf-8").splitlines()
TUNING = Path(__file__).parents[2] / "tools" / "tuning_captions.txt"
ODD = [
    "a", " ", "  ", "\0", "\r\n", " leading and trailing ", "two  spaces", "tab\there", "MIXED CaSe wOrDs iPhone",
    "naïve café Ångström Straße ǅ ß ſ", "猫が好き", "🐈‍⬛👩🏽‍🚀 flags 🇫🇷", "a \u00a0b\u2028c\ufeff", "../../etc/passwd",
    "<script>alert('x')</script>", '"quoted" \'single\' “curly” ‘s’', "3.14, 1,000 & 50% of $499!",
    "o'clock don't 'tis rock'n'roll",
    "\x1b[31m", "İstanbul ıI", "ﬁ ligature", "e\u0301 combining", "\U0010ffff", "word" * 500,
]  # fmt: skip


@pytest.mark.parametrize("coder", list(TextCoder)[1:])
@pytest.mark.parametrize("caption", [*ODD, *CAPTIONS[:8]])
def test_every_coder_returns_every_text(coder: TextCoder, caption: str) -> None:
    used, data = caption_coder.encode(caption, coder)
    assert used is coder
    assert caption_coder.decode(coder, data) == caption


@pytest.mark.parametrize("caption", ODD)
def test_tokens_join_to_the_text(caption: str) -> None:
    assert join(split(caption)) == caption


def test_ordinary_captions_need_no_spacing_marks() -> None:
    flips = sum(list(split(caption)).count(FLIP) for caption in CAPTIONS)
    assert flips <= len(CAPTIONS) // 20


def test_unseen_captions_reach_a_third_of_raw_and_half_of_brotli() -> None:
    lengths = [len(caption.split()) for caption in CAPTIONS]
    assert len(CAPTIONS) >= 60
    assert sum(10 <= n <= 30 for n in lengths) >= 60
    raw = [len(caption.encode()) for caption in CAPTIONS]
    coded = [len(word_model.encode(caption)) for caption in CAPTIONS]
    best = [min(len(brotli.compress(c.encode(), mode=m, quality=11)) for m in (0, 1)) for c in CAPTIONS]
    shares = [c / r for c, r in zip(coded, raw, strict=True)]
    assert sum(shares) / len(shares) <= 0.27
    assert sum(shares) <= 0.5 * sum(b / r for b, r in zip(best, raw, strict=True))


def test_the_captions_of_this_test_took_no_part_in_the_table() -> None:
    assert not set(CAPTIONS) & set(TUNING.read_text(encoding="utf-8").splitlines())


def test_the_shortest_coder_is_taken_and_the_empty_caption_is_free() -> None:
    assert caption_coder.encode("") == (TextCoder.NONE, b"")
    assert caption_coder.decode(TextCoder.NONE, b"") == ""
    assert caption_coder.encode(CAPTIONS[0])[0] is TextCoder.WORDS
    assert caption_coder.encode("猫")[0] is TextCoder.RAW
    assert caption_coder.encode("猫が好き。" * 50)[0] is TextCoder.BROTLI


# What an earlier version wrote must be read for ever: a change here needs a new table version.
FROZEN = {
    "": "00",
    "A red fox crouches in tall grass.": "b0547b59c03da93b42365c1f",
    'Café "Noir", 24/7 🐈\r\n': "05b3b132a0a79cc7a7018ad20b2c6bef46da7880a57205448af988a5fc22",
}


def test_the_table_and_its_bytes_are_frozen() -> None:
    table = Path(word_table.__file__).with_name("words-1.xz").read_bytes()
    assert hashlib.sha256(table).hexdigest() == "d2d794bb8f4be4cb1d8008f05059ace583c3380fe74043882d027e6cb1c6b5e8"
    assert len(table) < 1_000_000
    assert {caption: word_model.encode(caption).hex() for caption in FROZEN} == FROZEN


def test_captions_that_are_no_text_or_too_long_are_refused() -> None:
    with pytest.raises(CMCError, match="not valid Unicode"):
        caption_coder.encode("half \ud800 pair")
    with pytest.raises(CMCError, match="at most 65,536"):
        caption_coder.encode("x" * (MAX_BYTES + 1))
    long = "é" * (MAX_BYTES // 2)
    assert caption_coder.decode(*caption_coder.encode(long)) == long


def test_bombs_stop_at_the_limit() -> None:
    bomb = brotli.compress(bytes(20_000_000))
    assert len(bomb) < 200
    tracemalloc.start()
    with pytest.raises(CMCError, match="longer than 65,536"):
        caption_coder.decode(TextCoder.BROTLI, bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    with pytest.raises(CMCError, match="longer than 65,536"):
        caption_coder.decode(TextCoder.WORDS, word_model.encode("🐈" * 20_000))
    with pytest.raises(CMCError, match="longer than 10 characters"):
        word_model.decode(word_model.encode("a cat sat on the mat"), 10)
    with pytest.raises(CMCError, match="no such word"):
        word_model.decode(word_model.encode("x" * 30), 10)


def test_half_a_surrogate_pair_does_not_come_out_of_a_stream() -> None:
    with pytest.raises(CMCError, match="no such word"):
        word_model.decode(word_model.encode("half \ud800"), 100)


@pytest.mark.parametrize(
    ("coder", "data", "message"),
    [
        (TextCoder.RAW, b"\xff\xfe", "not UTF-8"),
        (TextCoder.BROTLI, b"not brotli", "damaged|too early"),
        (TextCoder.BROTLI, brotli.compress(b"hello there")[:-3], "too early"),
        (TextCoder.BROTLI, brotli.compress(b"\xff\xfe"), "not UTF-8"),
        (TextCoder.WORDS, b"\xff" * 30, "damaged"),
    ],
)
def test_damaged_captions_are_refused(coder: TextCoder, data: bytes, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        caption_coder.decode(coder, data)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(CMCError, match="word table 9"):
        caption_coder.decode(TextCoder.WORDS, b"abc", 9)
