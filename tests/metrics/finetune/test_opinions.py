"""Tables of opinions: references are kept apart, and what is wrong is named."""

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
