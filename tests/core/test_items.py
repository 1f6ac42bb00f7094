from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cmc.core.captions import read_captions, write_captions
from cmc.core.errors import CMCError
from cmc.core.items import Item, Items, SentText, sent_of

BOAT = Item("red boat", "small wooden boat with a white sail")
TOWER = Item("lighthouse", "tall white tower, on dark rocks")
DOG = Item("dog", "wet: it shakes itself")
WHOLE = "A red boat leaves a harbour at dusk."

# A cell is UTF-8 without zero bytes.
_odd = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_texts = _odd.filter(lambda text: bool(text.strip()))
_names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0[]"), max_size=20).filter(
    lambda text: bool(text.strip())
)
_items = st.builds(
    Items, st.lists(st.builds(Item, _names, _texts), max_size=3).map(tuple), st.one_of(_texts, st.just("[overall] x"))
)


@given(_items)
@example(Items((), WHOLE))
@example(Items((Item("overall", "[overall] a"),), "[overall] b"))
@example(Items((Item("a, b", "c\u2028d"), Item("overall", "x\ry")), "z\x85\x1cz"))
def test_what_is_written_is_read(items: Items) -> None:
    assert Items.from_text(items.to_text()) == items
    assert sent_of(items.to_text(), 0).overall == items.overall


@given(st.lists(_items, min_size=1, max_size=3))
def test_a_table_holds_it(tmp_path_factory: pytest.TempPathFactory, several: list[Items]) -> None:
    path: Path = tmp_path_factory.mktemp("table") / "a.csv"
    write_captions(path, {f"{index}.png": items.to_text() for index, items in enumerate(several)})
    assert [Items.from_text(text) for text in read_captions(path).values()] == several


def test_a_person_can_read_and_write_it() -> None:
    text = (
        "[red boat] small wooden boat with a white sail\n"
        "[lighthouse] tall white tower, on dark rocks\n"
        "[dog] wet: it shakes itself\n"
        "[overall] A red boat leaves a harbour at dusk."
    )
    assert Items((BOAT, TOWER, DOG), WHOLE).to_text() == text
    assert Items.from_text(text.replace("\n", " \r\n\n ")) == Items((BOAT, TOWER, DOG), WHOLE)


@pytest.mark.parametrize("end", ["", "."])
@pytest.mark.parametrize("break_", ["\n", "\n\n", "\r\n"])
def test_the_published_notebooks_layout_is_read(end: str, break_: str) -> None:
    lines = [f"red boat, lighthouse, dog{end}", BOAT.detail, TOWER.detail, DOG.detail, WHOLE]
    assert Items.from_text(break_.join(lines)) == Items((BOAT, TOWER, DOG), WHOLE)


@pytest.mark.parametrize(
    "plain",
    [
        "", "A red boat.", "overall", "[overall]", "[overall] ", "[a] b", "[] b\n[overall] c", "[a b\n[overall] c",
        "[a] b\n[overall] c\n[d] e", "[a] b\nwords\n[overall] c", "[1] b\n[2] b\n[3] b\n[4] b\n[overall] c",
        "Overall: a boat.", "1. boat: red\nOverall: a boat.", "[a]b\n[overall] c",
        # Five lines, but a first one of sentences, or of another number of names.
        "A boat, which is red and old and small, sails, fast.\nb\nc\nd\ne", "a, b.\nc\nd\ne\nf",
        "Objects: a, b, c.\nd\ne\nf\ng", "a, b, c, d.\ne\nf\ng\nh",
        "a, , c.\nd\ne\nf\ng", "a, b, c.\nd\ne\nf", "a, b, c.\nd\ne\nf\ng\nh",
    ],
)  # fmt: skip
def test_anything_else_is_a_plain_caption(plain: str) -> None:
    assert Items.from_text(plain) is None
    assert sent_of(plain, 0).overall == plain


@pytest.mark.parametrize(
    ("name", "detail", "why"),
    [
        ("", "b", "name of an item"),
        (" \n", "b", "name of an item"),
        ("a", "\u2028", "detail of 'a'"),
        ("[a", "b", "square"),
    ],
)
def test_an_item_that_cannot_be_written_is_none(name: str, detail: str, why: str) -> None:
    with pytest.raises(CMCError, match=why):
        Item(name, detail)


def test_at_most_three_items_and_always_a_whole() -> None:
    with pytest.raises(CMCError, match="3 items at most, found 4"):
        Items((BOAT, TOWER, DOG, DOG), WHOLE)
    with pytest.raises(CMCError, match="overall description"):
        Items((BOAT,), " ")


@pytest.mark.parametrize(
    ("most", "details"),
    [(0, ()), (1, (BOAT.detail,)), (3, (BOAT.detail, TOWER.detail, DOG.detail))],
)
def test_details_are_sent_without_names(most: int, details: tuple[str, ...]) -> None:
    sent = sent_of(Items((BOAT, TOWER, DOG), WHOLE).to_text(), most)
    assert sent == SentText(details, WHOLE)
    assert sent.text == "\n".join([*details, WHOLE])


def test_a_plain_caption_is_sent_as_it_is() -> None:
    assert sent_of("two\nlines") == SentText((), "two\nlines")
