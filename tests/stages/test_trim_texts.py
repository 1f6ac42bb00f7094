import random
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.items import SentText, sent_of
from cmc.stages.trim_texts import LIMIT, TextLimit, any_may_be_over, cut_texts
from tests.tiny_clip import openai_tokenizer

PIECES = (
    "harbour",
    "unbelievably",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "🐈‍⬛",
    "日本",
    "é",
    "1,000",
    "…",
    "don't",
)
LONG = " ".join(["a white cup on a table"] * 20)


@pytest.fixture(scope="module")
def limit(tmp_path_factory: pytest.TempPathFactory) -> TextLimit:
    folder = tmp_path_factory.mktemp("clip")
    openai_tokenizer(folder)
    return TextLimit.load(folder, folder / "none")


@pytest.mark.parametrize("glue", [" ", ""])
def test_what_is_left_is_a_beginning_that_is_read_whole_and_nearly_all_that_is(limit: TextLimit, glue: str) -> None:
    dice = random.Random(0)
    for _ in range(100):
        text = glue.join(dice.choices(PIECES, k=dice.randint(1, 90)))
        left = limit.cut(text)
        assert text.startswith(left)
        assert limit.tokens(left) <= LIMIT
        if limit.tokens(text) <= LIMIT:
            assert left == text
        else:
            assert limit.tokens(left) > LIMIT - 8


def test_a_cut_text_is_to_the_encoder_what_the_whole_was(limit: TextLimit) -> None:
    read = limit.tokenizer(LONG, truncation=True, max_length=LIMIT).input_ids
    assert limit.tokenizer(limit.cut(LONG)).input_ids == read


def test_each_part_is_cut_by_itself_and_stays_a_line(limit: TextLimit) -> None:
    texts = {
        "a": SentText(("short", LONG), LONG),
        "b": SentText((), "A cup."),
        "c": sent_of(f"[x] y\n[overall] {LONG}"),
    }
    cut = cut_texts(texts, limit)
    assert cut.keys() == {"a", "c"}
    assert cut["a"].details[0] == "short"
    assert cut["a"].details[1] == cut["a"].overall == cut["c"].overall == limit.cut(LONG)
    assert limit.cut(LONG) == LONG[: len(limit.cut(LONG))].strip()


def test_a_tokenizer_is_wanted_only_for_texts_that_may_be_over() -> None:
    assert not any_may_be_over([SentText(("x" * 75,), "é" * 37)])
    assert any_may_be_over([SentText(("x" * 76,), "")])
    assert any_may_be_over([SentText((), "é" * 38)])


def test_a_folder_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="no CLIP vocabulary"):
        TextLimit.load(tmp_path, tmp_path)
