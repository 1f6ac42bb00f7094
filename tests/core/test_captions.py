from pathlib import Path

import pytest

from cmc.core.captions import read_captions, write_captions
from cmc.core.errors import CMCError


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_round_trip_keeps_commas_quotes_newlines_and_unicode(tmp_path: Path) -> None:
    captions = {"b.png": 'a "red", round\nthing', "a.png": "naïve 猫 🐈", "c.png": "NA"}
    write_captions(tmp_path / "t.csv", captions)
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[0] == ",name,text"
    assert read_captions(tmp_path / "t.csv") == {"a": "naïve 猫 🐈", "b": captions["b.png"], "c": "NA"}


def test_round_trip_keeps_carriage_returns(tmp_path: Path) -> None:
    captions = {"a.png": "one\rtwo", "b.png": "one\r\ntwo"}
    write_captions(tmp_path / "t.csv", captions)
    assert read_captions(tmp_path / "t.csv") == {"a": "one\rtwo", "b": "one\r\ntwo"}


def test_bom_no_index_and_other_column_order(tmp_path: Path) -> None:
    path = _file(tmp_path, "text,name\nhello,b.png\nthere,a.png\n", "utf-8-sig")
    assert read_captions(path) == {"a": "there", "b": "hello"}


def test_empty_text_is_kept_as_empty(tmp_path: Path) -> None:
    assert read_captions(_file(tmp_path, "name,text\na.png,\nb.png,  \n")) == {"a": "", "b": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,caption\na.png,x\n", "lacks the column text"),
        ("name,text\na.png,x\na.jpg,y\n", "names an image twice: a in lines 2 and 3"),
        ("name,text\ne\u0301.png,x\n\u00e9.png,y\n", "names an image twice"),
        ("name,text\nb.png,x\n:.png,y\n", "line 3: ':.png' is not a plain file name: .* colon"),
        ("name,text\n", "no row below its header"),
        ("name,text\n../../x.png,y\n", "not a plain file name"),
        ("name,text\n/etc/x,y\n", "not a plain file name"),
        ("", "not a UTF-8 CSV"),
        ('name,text\na.png,"open\n', "not a UTF-8 CSV"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        read_captions(_file(tmp_path, text))


def test_other_encodings_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="not a UTF-8 CSV"):
        read_captions(_file(tmp_path, "name,text\na.png,naïve\n", "latin-1"))
    with pytest.raises(CMCError, match="no caption file"):
        read_captions(tmp_path / "none.csv")


def test_texts_that_look_like_nothing_or_numbers_are_texts(tmp_path: Path) -> None:
    texts = ["NA", "null", "None", "nan", "1e5", "007", "TRUE", "=1+1", "#a"]
    table = "name,text\n" + "".join(f"{index:03}.png,{text}\n" for index, text in enumerate(texts))
    assert read_captions(_file(tmp_path, table)) == {f"{index:03}": text for index, text in enumerate(texts)}


def test_what_an_encoder_has_written_so_far_may_be_nothing(tmp_path: Path) -> None:
    write_captions(tmp_path / "t.csv", {})
    assert read_captions(tmp_path / "t.csv", by_name=True) == {}
