"""The command: votes in, a folder of tables out that fine-tuning reads; what is missing is named."""

import io
import json
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.rate import main
from cmc.core.files import sha256
from cmc.core.tables import read_csv
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.raters.methods import METHODS
from cmc.scores.score_file import read_scores
from tests import rated, scored

NAMES = scored.benchmark_names({"NSI": 3, "SCI": 2, "AIGI": 2})
PICTURES = 2 * 4 * len(NAMES)
FIRST = "real/full/NSI_pgc_000"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rated")
    scored.workspace(root, {"real": 1.0, "sdxl": 2.0}, NAMES, side=48)
    # Distances, as LPIPS is one: less is better.
    for target in ("real", "sdxl"):
        file = read_scores(root / "Result" / target / "scores.csv")
        scores = [replace(score, values={**score.values, "lpips": 5 - score.values["fr"]}) for score in file.scores]
        scored.save_scores(root, scores, lower_is_better="lpips")
    rated.save_votes(root, ("real", "sdxl"), careful=9, careless=1, inverted=1, biased=1)
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A root of a test's own, not analysed yet."""
    shutil.copytree(template, tmp_path / "root")
    return tmp_path / "root"


@dataclass(frozen=True)
class Analysed:
    """A root that is analysed already, to be read alone, and what was printed."""

    root: Path
    printed: str


@pytest.fixture(scope="module")
def analysed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    root = tmp_path_factory.mktemp("analysed") / "root"
    shutil.copytree(template, root)
    with redirect_stdout(io.StringIO()) as printed:
        assert analyse(root) == 0
    return Analysed(root, printed.getvalue())


def analyse(root: Path, *more: str) -> int:
    return main(["analyse", str(root / "votes.csv"), "--root", str(root), *more])


def rows(root: Path, table: str) -> list[dict[str, str]]:
    return [dict(record.cells) for record in read_csv(root / "analysis" / f"{table}.csv", (), may_be_empty=True)]


def test_votes_become_opinion_scores(analysed: Analysed) -> None:
    printed = analysed.printed
    assert f"{12 * 2 * PICTURES:,} votes of 12 viewers on {PICTURES} pictures" in printed
    assert printed.count("careless-01 goes: SROCC") == printed.count("inverted-01 goes: SROCC") == 2
    assert f"1 picture(s) flagged as offensive, {1 / PICTURES:.1%} (the paper: 0.2%)" in printed
    mos = rows(analysed.root, "mos")
    assert len(mos) == 2 * PICTURES * len(METHODS)
    assert all(float(row["low"]) < float(row["mos"]) < float(row["high"]) for row in mos)
    viewers = {(row["viewer"], row["dimension"]): row for row in rows(analysed.root, "viewers")}
    assert {viewer for (viewer, _), row in viewers.items() if row["kept"] == "no"} == {"careless-01", "inverted-01"}
    assert float(viewers["biased-01", "consistency"]["bias_high"]) < -0.5
    assert viewers["careless-01", "perception"]["paper_rejects"] == "yes"


def test_the_folder_says_what_it_was_made_of(analysed: Analysed) -> None:
    folder = analysed.root / "analysis"
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["settings"]["votes_sha256"] == sha256(analysed.root / "votes.csv")
    assert run["settings"]["mapping"] == "linear"
    assert run["outcome"]["scores_sha256"]["sdxl"] == sha256(analysed.root / "Result" / "sdxl" / "scores.csv")
    assert np.asarray(Image.open(folder / "mos-histograms.png").convert("L")).std() > 10


def test_fine_tuning_reads_both_tables_as_they_are(analysed: Analysed) -> None:
    root = analysed.root
    by_picture = {(row["picture"], row["dimension"], row["method"]): row["mos"] for row in rows(root, "mos")}
    for dimension in ("consistency", "perception"):
        opinions = read_opinions(root / "analysis" / f"{dimension}.csv", full_reference=True)
        assert len(opinions) == PICTURES
        first = next(one for one in opinions if one.image.resolve() == (root / "Result" / f"{FIRST}.png").resolve())
        assert first.reference is not None
        assert first.reference.resolve() == (root / "GT" / "NSI_pgc_000.png").resolve()
        assert first.mos == float(by_picture[FIRST, dimension, "paper"])
        train, held_out = split(opinions, 0.8, 42)
        assert len(train) + len(held_out) == PICTURES
        assert not {one.reference for one in train} & {one.reference for one in held_out}


def test_metrics_agree_with_the_dimension_that_they_judge(analysed: Analysed) -> None:
    srcc = {(row["dimension"], row["metric"]): float(row["srcc"]) for row in rows(analysed.root, "agreement")}
    assert srcc["consistency", "fr"] > 0.9 > srcc["consistency", "nr"]
    assert srcc["perception", "nr"] > 0.9 > srcc["perception", "fr"]
    assert srcc["consistency", "lpips"] == srcc["consistency", "fr"]
    pairs = {(row["dimension"], row["first"], row["second"]): row for row in rows(analysed.root, "differences")}
    assert float(pairs["consistency", "fr", "nr"]["p_holm"]) < 0.05
    assert float(pairs["consistency", "fr", "lpips"]["p"]) == 1
    assert (
        f"consistency: {PICTURES} pictures of {len(NAMES)} ground truths; SRCC differs beyond chance"
        in analysed.printed
    )


def test_other_votes_or_settings_do_not_mix_in_one_folder(
    analysed: Analysed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    shutil.copytree(analysed.root, root)
    before = sha256(root / "analysis" / "mos.csv")
    lines = (root / "votes.csv").read_text(encoding="utf-8").splitlines()
    (root / "votes.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert analyse(root) == 2
    assert "votes_sha256" in capsys.readouterr().err
    assert sha256(root / "analysis" / "mos.csv") == before
    assert analyse(root, "--screen", "bt500", "--overwrite") == 0
    assert "screened by kurtosis (ITU-R BT.500-14" in capsys.readouterr().out
    assert sha256(root / "analysis" / "mos.csv") != before


def test_pictures_without_score_or_file_are_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *others = read_scores(root / "Result" / "real" / "scores.csv").scores
    assert f"{first.target}/{first.mode}/{Path(first.name).stem}" == FIRST
    failed = replace(second, values={}, status="failed: out of memory")
    scored.save_scores(root, [failed, *others], lower_is_better="lpips")
    assert analyse(root) == 2
    assert f"2 of {PICTURES} rated pictures lack scores: real/" in (said := capsys.readouterr().err)
    assert f"{FIRST} (in no scores.csv)" in said
    (root / "Result" / f"{FIRST}.png").unlink()
    assert analyse(root) == 2
    assert f"1 rated picture(s) are not in {root / 'Result'}" in capsys.readouterr().err
    assert analyse(root, "--allow_partial") == 0
    printed = capsys.readouterr().out
    assert "2 picture(s) without a metric's score, left out below" in printed
    assert f"not here: {FIRST}" in printed
    unscored = {row["picture"]: row["why"] for row in rows(root, "unscored")}
    assert sorted(unscored.values()) == ["failed: out of memory", "in no scores.csv"]
    assert {row["pictures"] for row in rows(root, "agreement")} == {str(PICTURES - 2)}
    assert len(rows(root, "consistency")) == PICTURES - 1
    assert sum(row["picture"] == FIRST for row in rows(root, "mos")) == 2 * len(METHODS)


def test_a_picture_that_changed_since_it_was_scored_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = read_scores(root / "Result" / "real" / "scores.csv")
    scores = [replace(score, picture_digest="0" * 32) for score in file.scores]
    scored.save_scores(root, scores, lower_is_better="lpips")
    assert analyse(root) == 2
    assert "a picture of before" in capsys.readouterr().err


def test_one_who_stopped_after_a_picture_keeps_nobody_from_an_analysis(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes = (root / "votes.csv").read_text(encoding="utf-8").splitlines()
    first = next(line for line in votes if line.startswith(f"careful-01,0,{FIRST},consistency"))
    rest = [line for line in votes if line != first and ",perception," not in line]
    gone = first.replace("careful-01", "gone-01")
    (root / "votes.csv").write_text("\n".join([*rest, gone]) + "\n", encoding="utf-8")
    assert analyse(root, "--output_path", str(root)) == 0
    printed = capsys.readouterr().out
    assert "gone-01 goes: no SROCC: all their votes are alike, or too few" in printed
    assert "srocc unknown *" in printed
    assert "  perception: no votes\n" in printed
    assert f"written: {root}: agreement.csv, consistency.csv, differences.csv, flagged.csv, mos.csv" in printed
    assert "nan" not in printed
    assert "votes.csv" not in printed


def test_votes_alone_are_analysed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target in ("real", "sdxl"):
        (root / "Result" / target / "scores.csv").unlink()
    (root / "flags.csv").unlink()
    assert analyse(root, "--screen", "none", "--method", "likelihood", "--whole") == 0
    printed = capsys.readouterr().out
    assert "no rated result has scores" in printed
    assert "12 of 12 viewers stay" in printed
    assert "nothing is known of offensive pictures" in printed
    assert rows(root, "agreement") == []


@pytest.mark.parametrize(
    ("edit", "more", "message"),
    [
        (("votes.csv", FIRST, "holiday"), (), "expected <target>/<mode>/<image>"),
        (("flags.csv", "real/full/", "real/text/other"), (), "expected a viewer and a picture that votes name"),
        (("votes.csv", ",0.5", ",7.5"), (), "a score of 0 to 5"),
        (("votes.csv", ",0.5", ",nan"), (), "score is no number: 'nan'"),
        (("votes.csv", ",0.5", ",0_5"), (), "score is no number: '0_5'"),
        (("votes.csv", FIRST, f"{FIRST} "), (), "expected a picture's name without spaces around it"),
        (("votes.csv", "careful-01", ""), (), "expected a viewer's name without spaces around it, found ''"),
        (None, ("--threshold", "7"), "--threshold 7: expected a correlation"),
        (None, ("--threshold", "0.999"), "viewers would be left"),
    ],
)
def test_what_cannot_be_used_is_refused(
    root: Path,
    edit: tuple[str, str, str] | None,
    more: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if edit:
        name, old, new = edit
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), encoding="utf-8")
    assert analyse(root, *more) == 2
    assert message in capsys.readouterr().err
    assert not (root / "analysis").exists()
