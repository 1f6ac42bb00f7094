from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.tables import Table
from cmc.studies.reference_table import reference_table
from cmc.studies.references import compare_references
from cmc.studies.setting import Setting, Study
from cmc.studies.tables import as_latex, as_text
from tests.scored_studies import Scored, codecs, load, qp, rate, write_results

ORIGINAL, REAL = "reference", "real"
FR = {ORIGINAL: 2.0, REAL: 2.5}
LPIPS = {ORIGINAL: 0.5, REAL: 0.4}


def _scored(setting: Setting, mode: str, place: int) -> Scored:
    bits = rate(0.002 * bool(setting.encoder), 0.02)
    return {"fr": FR[setting.decoder], "lpips": LPIPS[setting.decoder] * setting.qp / 53, "nr": 0.0}, bits


def _rows(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def test_improve_is_worked_out_beside_the_published_rows(tmp_path: Path) -> None:
    write_results(
        tmp_path, qp(), _scored, sets={"fid": lambda setting, mode: 300.0 if setting.encoder == "" else 240.0}
    )
    found = compare_references(load(tmp_path, qp()))
    assert [(one.codec, one.qp) for one in found.references] == [("vvc", at) for at in (53, 51, 48, 45)]
    assert (found.images, found.remarks) == (12, [])
    table = reference_table(found)
    assert table.header == [
        *("Reference", "Image", "bpp"),
        *("LPIPS ↓", "FID ↓", "TOPIQ-FR ↑", "TOPIQ-NR ↑"),
    ]
    rows = _rows(table)
    assert [row["Image"] for row in rows[:6]] == [
        *("Original", "real", "Improve"),
        *("Original, published", "CMC, published", "Improve, published"),
    ]
    original, real, improve, _, _, published = rows[:6]
    assert (original["LPIPS ↓"], real["LPIPS ↓"], real["FID ↓"], original["bpp"]) == (
        "0.500",
        "0.400",
        "240.0",
        "0.02000",
    )
    # (2.5 - 2) / 2; (0.5 - 0.4) / 0.4; (300 - 240) / 240.
    assert [improve[column] for column in ("TOPIQ-FR ↑", "LPIPS ↓", "FID ↓")] == ["25.0%", "25.0%", "25.0%"]
    assert improve["TOPIQ-NR ↑"] == "–"
    assert published["LPIPS ↓"] == "20.2%"
    assert len(rows) == 24
    assert {row["Reference"] for row in rows} == {f"vvc QP {at}" for at in (53, 51, 48, 45)}


def test_what_has_no_partner_is_left_out_by_name(tmp_path: Path) -> None:
    write_results(tmp_path, qp(), _scored, but=("reference-q51", "real+gpt4v-q45"))
    found = compare_references(load(tmp_path, qp()))
    assert [one.qp for one in found.references] == [53, 48]
    assert found.remarks == ["left out, for its original or what is made of it is not scored: vvc QP 51, vvc QP 45"]
    # Published rows of references that the study lacks stand at the end.
    assert [row["Reference"] for row in _rows(reference_table(found))[-6:]] == ["vvc QP 51"] * 3 + ["vvc QP 45"] * 3


def test_several_decoders_have_a_row_and_an_improve_each(tmp_path: Path) -> None:
    others = tuple(
        replace(setting, name=setting.name.replace("real", "pasd"), decoder="pasd")
        for setting in qp().settings
        if setting.decoder == REAL
    )
    study = replace(qp(), settings=(*qp().settings, *others))
    scored = lambda setting, mode, place: ({"fr": {**FR, "pasd": 1.0}[setting.decoder]}, None)  # noqa: E731
    write_results(tmp_path, study, scored)
    rows = _rows(reference_table(compare_references(load(tmp_path, study))))[:5]
    assert [row["Image"] for row in rows] == ["Original", "real", "Improve", "pasd", "Improve"]
    assert [row["TOPIQ-FR ↑"] for row in rows] == ["2.000", "2.500", "25.0%", "1.000", "-50.0%"]
    assert rows[0]["bpp"] == "–"


@pytest.mark.parametrize("study", [codecs()], ids=lambda study: study.name)
def test_a_study_without_originals_has_no_such_table(study: Study, tmp_path: Path) -> None:
    write_results(tmp_path, study, lambda *of: ({"fr": 1.0}, None))
    with pytest.raises(CMCError, match="it needs the decoder `reference` and another one"):
        compare_references(load(tmp_path, study))


def test_tables_as_text_and_for_latex() -> None:
    table = Table(["Image", "LPIPS ↓"], [["a_b & <c>", "20.2%"], ["x", "–"]])
    assert as_text(table).splitlines()[2].split("  ")[0] == "a_b & <c>"
    lines = as_latex(table).splitlines()
    assert lines[1] == r"\toprule"
    assert r"LPIPS $\downarrow$" in lines[2]
    assert r"a\_b \& \ensuremath{<}c\ensuremath{>}" in lines[4]
    assert r"20.2\%" in lines[4]
    assert lines[5].split() == ["x", "&", "--", "\\\\"]
