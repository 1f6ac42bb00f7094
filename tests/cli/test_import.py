import json
from pathlib import Path

import pytest
from PIL import Image

from cmc.__main__ import main
from cmc.core.bits import STATED
from cmc.core.files import sha256
from cmc.core.lock import one_writer
from cmc.core.origin import DIGITS, read_origin, settings_digest
from tests.conftest import PHOTOS
from tests.imported import command, make, save_result
from tests.tables import read

FIRST = sorted(PHOTOS)[0]


def _stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}


def test_pictures_become_a_result_with_their_origin_and_stated_bits(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save_result(space)
    mean = sum(296 / (width * height) for _, (width, height) in PHOTOS.values()) / len(PHOTOS)
    assert f"5 of 5 pictures, {mean:.5f} bpp ({STATED})" in capsys.readouterr().out
    for name in PHOTOS:
        picture = folder / f"{name}.png"
        assert Image.open(picture).tobytes() == Image.open(space / "theirs" / f"{name}.png").convert("RGB").tobytes()
        origin = read_origin(picture)
        assert origin
        assert origin.gt == sha256(space / "GT" / f"{name}.png")[:DIGITS]
        assert origin.settings == settings_digest(json.loads((folder / "run.json").read_text()))
    run = json.loads((folder / "run.json").read_text())
    assert run["settings"] | {"mode": "image", "stated_by": "their author", "unit": "bytes"} == run["settings"]
    assert (run["imported"], run["outcome"]) == (
        {"pictures": "theirs", "table": "bits.csv"},
        {"images": 5, "failed": 0},
    )
    assert {row["bits"] for row in read(folder / "stated.csv")} == {"296"}


@pytest.mark.parametrize(("unit", "amount", "bits"), [("bits", "37", 37), ("bpp", "0.01", round(0.01 * 96 * 96))])
def test_bits_may_be_stated_in_other_units(space: Path, unit: str, amount: str, bits: int) -> None:
    rows = {row["name"]: row for row in read(save_result(space, unit, amount) / "stated.csv")}
    assert int(rows["AIGI_MJ_003"]["bits"]) == bits
    assert float(rows["AIGI_MJ_003"]["bpp"]) == pytest.approx(0.01 if unit == "bpp" else bits / 96**2)


def test_what_is_there_is_left_and_what_is_stale_is_made_anew(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, words = save_result(space), command(space, "--bits", str(space / "bits.csv"))
    before = _stamps(folder)
    assert main(words) == 0
    assert _stamps(folder) == before
    table = (space / "bits.csv").read_text()
    (space / "bits.csv").write_text(table.replace(f"{FIRST}.png,37", f"{FIRST}.png,38"))
    Image.open(space / "GT" / "other.png").rotate(180).save(space / "theirs" / "other.png")
    Image.open(space / "GT" / "NSI_pgc_000.png").rotate(180).save(space / "GT" / "NSI_pgc_000.png")
    capsys.readouterr()
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "3 of 5 pictures were stale" in out
    for reason in ("another stream", "another picture", "another ground truth"):
        assert f"1 from {reason}" in out
    changed = {name for name, stamp in _stamps(folder).items() if stamp != before[name]}
    assert changed == {f"{FIRST}.png", "other.png", "NSI_pgc_000.png"}


def test_other_settings_and_another_writer_are_refused(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_result(space)
    assert main(command(space)) == 2
    assert "stated_by: 'their author' there, None now" in capsys.readouterr().err
    assert main(command(space, "--overwrite")) == 0
    assert "without rates" in capsys.readouterr().out
    assert not (folder / "stated.csv").exists()
    with one_writer(folder, ""):
        assert main(command(space)) == 2
    assert "use another --name" in capsys.readouterr().err
    assert main(command(space, "--stated_by", "A. Author")) == 2
    assert "name their table with --bits" in capsys.readouterr().err


def test_missing_and_extra_pictures_and_rows_are_named(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = make(space)
    (space / "theirs" / f"{FIRST}.png").rename(space / "theirs" / "unknown.png")
    assert main(words) == 2
    err = capsys.readouterr().err
    assert f"1 image(s) have no picture in {space / 'theirs'}: {FIRST}" in err
    assert "without an image in GT: unknown" in err
    assert main([*words, "--allow_partial"]) == 1
    assert len(_stamps(space / "Result/paper/image")) == 4
    (space / "theirs" / "unknown.png").rename(space / "theirs" / f"{FIRST}.png")
    (space / "bits.csv").write_text((space / "bits.csv").read_text().replace(f"{FIRST}.png", "nobody.png"))
    capsys.readouterr()
    assert main(words) == 2
    assert f"have no row in {space / 'bits.csv'}: {FIRST}" in capsys.readouterr().err


def test_lossy_and_wrongly_sized_pictures_are_refused_by_name(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = make(space)
    image = Image.open(space / "theirs" / f"{FIRST}.png")
    image.convert("RGB").save(space / "theirs" / f"{FIRST}.png", "JPEG")  # whatever its name
    image.resize((50, 50)).save(space / "theirs" / "other.png")
    assert main(words) == 2
    err = capsys.readouterr().err
    assert f"{FIRST}.png: it is of a lossy kind" in err
    assert "other.png: it is 50x50, expected its ground truth's 75x50" in err
    assert not (space / "Result/paper/image/run.json").exists()
    assert main([*words, "--allow_partial"]) == 1
    folder = space / "Result/paper/image"
    assert {row["name"] for row in read(folder / "failed.csv")} == {FIRST, "other"}
    assert len(_stamps(folder)) == 3


def test_rates_are_marked_wherever_they_stand(space: Path, weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (space / "Weight").symlink_to(weights)
    save_result(space, "bpp", "0.0123")
    root = ["--root", str(space)]
    assert main(["codec", *root, "--codec", "webp", "--qp", "20"]) == 0
    assert main(["evaluate", *root, "--target", "paper", "webp-qp20"]) == 0
    assert f"The rates of paper (image) are no measured ones: {STATED}" in capsys.readouterr().out
    rows = read(space / "Result/paper/scores.csv")
    assert {(row["rate_source"], row["bpp"]) for row in rows} == {(STATED, "0.0123")}
    assert "rate_source" not in read(space / "Result/webp-qp20/scores.csv")[0]
    assert main(["compare", *root]) == 0
    assert f"not so the rates of paper: {STATED}" in capsys.readouterr().out
    curves = {row["target"]: row["curve"] for row in read(space / "compare/points.csv")}
    assert curves == {"paper": f"paper ({STATED})", "webp-qp20": "webp"}
    assert f"paper ({STATED})" in (space / "compare/equal-rate.csv").read_text()
    assert main(["report", *root]) == 0
    page = (space / "report.html").read_text()
    assert f"<small>{STATED}</small>" in page
    assert "cmc import" in page
    assert main(["bundle", *root, "paper", "--out", str(space / "paper.zip")]) == 0
    capsys.readouterr()
    assert main(["verify", str(space / "paper.zip")]) == 0
    assert f"rates of the mode(s) image: {STATED}" in capsys.readouterr().out


def test_bits_that_change_after_scoring_are_no_rate_any_more(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_result(space)
    evaluate = ["evaluate", "--root", str(space), "--target", "paper", "--metrics", "psnr"]
    assert main(evaluate) == 0
    table = folder / "stated.csv"
    table.write_text(table.read_text().replace("296", "8", 1))
    assert main(evaluate) == 2
    assert f"paper/image/{FIRST}.png" in capsys.readouterr().err
    assert main(command(space, "--bits", str(space / "bits.csv"))) == 0
    assert main(evaluate) == 0


def test_a_result_without_bits_has_no_rate_even_where_references_were_kept(coded: Path) -> None:
    make(coded)
    assert main(command(coded)) == 0
    assert main(["evaluate", "--root", str(coded), "--target", "paper", "--metrics", "psnr"]) == 0
    assert {row["bpp"] for row in read(coded / "Result/paper/scores.csv")} == {""}
