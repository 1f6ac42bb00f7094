from pathlib import Path

import pytest

from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.stages.stated_bits import AuthorsTable, StatedBits, read_stated, write_stated

SIZE = (30, 10)


def table(tmp_path: Path, text: str) -> AuthorsTable:
    (tmp_path / "bits.csv").write_text(text)
    return AuthorsTable.read(tmp_path / "bits.csv")


@pytest.mark.parametrize(
    ("text", "bits", "bpp"),
    [
        ("name,bytes\na.png,3\n", 24, 24 / 300),
        ("name,note,bits\na,x,25\n", 25, 25 / 300),
        ("bpp,name\n0.1,a.png\n", 30, 0.1),
        ("bpp,name\n0.0999,a.png\n", 30, 0.0999),
    ],
)
def test_any_unit_comes_to_bits_and_a_rate(tmp_path: Path, text: str, bits: int, bpp: float) -> None:
    found = table(tmp_path, text)
    stated = StatedBits.of(found.rows["a"], found.unit, SIZE)
    assert stated == StatedBits(bits, bpp)
    assert stated.rate == Rate(0, bits, bits, bpp, stated=True)


@pytest.mark.parametrize("text", ["name,bytes,bpp\na,1,2\n", "name,size\na,1\n"])
def test_a_table_without_one_unit_alone_is_refused_with_its_columns(tmp_path: Path, text: str) -> None:
    columns = text.partition("\n")[0].replace(",", ", ")
    with pytest.raises(CMCError, match=f"exactly one of the columns bytes, bits, bpp, found {columns}; keep one"):
        table(tmp_path, text)


def test_a_picture_twice_and_amounts_that_are_none_are_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"line 3: 'a' stands in line 2 too"):
        table(tmp_path, "name,bits\na.png,1\na,2\n")
    for unit, amount in (("bits", "0"), ("bytes", "1.5"), ("bpp", "-1"), ("bpp", "0.001")):
        found = table(tmp_path, f"name,{unit}\na,{amount}\n")
        with pytest.raises(CMCError, match="line 2"):
            StatedBits.of(found.rows["a"], found.unit, SIZE)
    with pytest.raises(CMCError, match="no such file; expected a CSV"):
        AuthorsTable.read(tmp_path / "nothing.csv")


def test_what_is_kept_comes_back_and_rows_of_other_pictures_stay(tmp_path: Path) -> None:
    assert read_stated(tmp_path) is None
    first, second = StatedBits(24, 24 / 300), StatedBits(7, 0.1 + 0.2)
    write_stated(tmp_path, {"b": first, "a": first})
    write_stated(tmp_path, {"a": second})
    assert read_stated(tmp_path) == {"a": second, "b": first}
    assert second.digest != first.digest
