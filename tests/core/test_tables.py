from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.tables import number, parse_csv, read_csv, whole_number, write_csv

COLUMNS = ("name", "text")


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content)
    return path


def test_cells_are_what_was_written(tmp_path: Path) -> None:
    rows = [("001", "NA"), ("1e3", "null"), ("nan", ""), (" a ", 'say "hi", twice\n\n"'), ("é", "a\rb"), ("x", "=1+1")]
    write_csv(tmp_path / "t.csv", COLUMNS, rows)
    records = read_csv(tmp_path / "t.csv", COLUMNS)
    assert [(record["name"], record["text"]) for record in records] == rows
    assert [record.line for record in records][:5] == [2, 3, 4, 5, 8]


def test_bom_other_columns_blank_lines_and_ends_of_lines_are_allowed(tmp_path: Path) -> None:
    path = _file(tmp_path, b"\xef\xbb\xbftext,,name,,\r\n\r\nhello,0,a,,\r\nthere,1,b,,")
    assert [(record["name"], record["text"], record.line) for record in read_csv(path, COLUMNS)] == [
        ("a", "hello", 3),
        ("b", "there", 4),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"name,text\n", "no row below its header"),
        (b"name,text\n\n\n", "no row below its header"),
        ("name,text\na,é\n".encode("utf-16"), "UTF-16"),
        ("name,text\na,x\n".encode("utf-16-le"), "line 1 holds a zero byte"),
        ("name,text\na,x\nb,é\n".encode("latin-1"), "line 3 holds the byte 0xe9"),
        ("name,text\na,“x”\n".encode("cp1252"), "line 2 holds the byte 0x93"),
        (b"name,text\na,x\0y\n", "line 2 holds a zero byte"),
        (b"name,text\na,x\nb,x,y\n", "line 3 has 3 cells, the header 2"),
        (b"name,text\na,x\nb\n", "line 3 has 1 cells, the header 2"),
        (b'name,text\n"a","x\n\ny",z\n', "line 2 has 3 cells"),
        (b'name,text\na,"x\ny"\nb,"say "stop""\n', "line 4: "),
        (b'name,text\na,"say \\"stop\\""\n', "line 2: "),
        (b'name,text\na,x\nb,"open\nc,y\n', "line 3: "),
        (b'name,text\na,a 5" ruler\n', "line 2 has a quote in a cell without quotes"),
        (b'name,text\na, "x"\n', "line 2 has a quote in a cell without quotes"),
        (b"name,text,text\na,x,y\n", "column text twice"),
        (b"name;text\na;x\n", "semicolons"),
        (b"sep=;\nname;text\na;x\n", "semicolons"),
        (b"name\ttext\na\tx\n", "tabs"),
        (b"name,Text\na,x\n", "lacks the column text; it has name, Text"),
        (b"a.png,x\nb.png,y\n", "lacks the column name and text"),
        (b"name,text\na," + b"x" * 200_000 + b"\n", "line 2: field larger"),
    ],
)
def test_anything_else_is_refused_with_its_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(CMCError) as stop:
        read_csv(path, COLUMNS)
    assert why in str(stop.value)
    assert str(stop.value).startswith(str(path))
    assert "\n" not in str(stop.value)


def test_a_table_may_be_empty_where_that_is_said(tmp_path: Path) -> None:
    assert read_csv(_file(tmp_path, b"name,text\n"), COLUMNS, may_be_empty=True) == []


def test_numbers_are_what_everybody_takes_for_one() -> None:
    texts = ["1.5", "-2", " 3 ", "1e2", ".5"]
    records = parse_csv("\n".join(["n", *texts]), "x.csv", ("n",))
    assert [number(record, "n") for record in records] == [1.5, -2, 3, 100, 0.5]
    for text in ("1_0", "nan", "inf", "1e999", "٣", '"3,5"', "0x10", "five", '""'):
        (record,) = parse_csv(f"m,n\n,{text}\n", "x.csv", ("n",))
        with pytest.raises(CMCError, match=r"^x\.csv, line 2: n is no number"):
            number(record, "n")


def test_whole_numbers_begin_at_one() -> None:
    (record,) = parse_csv("n\n0640\n", "x.csv", ("n",))
    assert whole_number(record, "n") == 640
    for text in ("0", "-1", "1.0", "1_0", "9" * 5000, "²"):
        (record,) = parse_csv(f"n\n{text}\n", "x.csv", ("n",))
        with pytest.raises(CMCError, match="n is no whole number from 1"):
            whole_number(record, "n")
