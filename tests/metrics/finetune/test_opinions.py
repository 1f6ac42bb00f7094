"""Tables of opinions: references are kept apart, and what is wrong is named."""

import unicodedata
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.metrics.finetune.opinions import read_opinions, split


def test_no_reference_is_on_both_sides(table: Path) -> None:
    train, held_out = split(read_opinions(table, True), 0.8, 3)
    assert {row.reference for row in train} & {row.reference for row in held_out} == set()
    assert len(train) == 32
    assert split(read_opinions(table, True), 0.8, 3) == (train, held_out)
    assert split(read_opinions(table, True), 0.8, 4)[1] != held_out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image,mos\n0-0.png,5\n", "lacks the column reference"),
        ("image,reference,mos\n0-0.png,,5\n", "an empty reference"),
        ("image,reference,mos\n0-1.png,0-0.png,5\n0-2.png,0-0.png,4,x\n", "line 3 has 4 cells"),
        ("image,reference,mos\n0-1.png,0-0.png,1_0\n", "line 2: mos is no number: '1_0'"),
        ("image;reference;mos\n0-1.png;0-0.png;5\n", "semicolons"),
        ("image,reference,mos\n", "no row"),
        ("", "empty"),
        ("image,reference,mos\nno.png,0-0.png,5\n", "no.png"),
        ("image,reference,mos\n0-1.png,0-0.png,good\n", "line 2: mos is no number"),
        ("image,reference,mos\n0-1.png,0-0.png,nan\n", "line 2: mos is no number"),
    ],
)
def test_a_wrong_table_is_named(table: Path, text: str, told: str) -> None:
    wrong = table.with_name("wrong.csv")
    wrong.write_text(text, encoding="utf-8")
    with pytest.raises(CMCError, match=told):
        read_opinions(wrong, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_another_encoding_is_named(table: Path, encoding: str) -> None:
    wrong = table.with_name("wrong.csv")
    wrong.write_bytes("image,reference,mos\né.png,0-0.png,5\n".encode(encoding))
    with pytest.raises(CMCError, match=r"wrong\.csv is not a UTF-8 CSV: (it is UTF-16|line \d holds)"):
        read_opinions(wrong, True)


def test_a_name_in_another_unicode_form_is_the_file(table: Path) -> None:
    picture = table.with_name(unicodedata.normalize("NFD", "né.png"))
    picture.write_bytes(table.with_name("0-1.png").read_bytes())
    composed = table.with_name("composed.csv")
    composed.write_text("image,reference,mos\nné.png,0-0.png,0.5\n", encoding="utf-8")
    assert [row.image for row in read_opinions(composed, True)] == [picture]
