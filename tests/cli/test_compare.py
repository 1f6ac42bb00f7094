import json
from dataclasses import replace
from pathlib import Path

import pytest

from cmc.cli.compare import main
from cmc.core.bits import Rate
from tests.scored import benchmark_names, drawn, save_scores
from tests.tables import read

NAMES = benchmark_names({"NSI": 12, "SCI": 8, "AIGI": 10})


def save(root: Path, target: str, points: dict[str, tuple[float, float, float]], codec: bool = False) -> None:
    """A scored target; `points`: (bpp, FR, NR) by mode."""
    scores = drawn(target, NAMES, {mode: values[1:] for mode, values in points.items()})
    folder = save_scores(root, [replace(one, rate=Rate(0, 0, 1, points[one.mode][0])) for one in scores])
    for mode in points:
        (folder / mode).mkdir(exist_ok=True)
        settings = {"codec": "vvc", "suffix": ".266"} if codec else {"model": target}
        (folder / mode / "run.json").write_text(json.dumps({"settings": settings}))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for step, qp in enumerate((53, 48, 43, 38)):
        for name, gain in (("vvc", 0.0), ("hevc", -0.2)):
            save(tmp_path, f"{name}-qp{qp}", {"image": (0.01 * 2**step, 1.5 + step / 2 + gain, 1 + step / 4)}, True)
    save(tmp_path, "real", {"image": (0.02, 2.5, 3.0), "text": (0.002, 1.7, 3.5)})
    return tmp_path


def table(root: Path, name: str) -> list[dict[str, str]]:
    return read(root / "compare" / f"{name}.csv")


def test_curves_deltas_fronts_and_advantages(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "--anchor", "hevc"]) == 0
    out = capsys.readouterr().out
    assert "3 curve(s) over 30 images" in out
    points = {(row["target"], row["mode"]): row for row in table(root, "points")}
    assert points["vvc-qp53", "image"]["curve"] == "vvc"
    assert (points["real", "text"]["bpp"], points["real", "text"]["ratio"]) == ("0.00200", "12,000")
    front = {key for key, row in points.items() if row["fr"].endswith("*")}
    assert front == {("real", "text"), ("real", "image"), ("vvc-qp38", "image")}
    deltas = {(row["metric"], row["curve"]): row for row in table(root, "bd")}
    # Half a point of FR an octave, 0.2 points ahead: 2 ** -0.4 of the bits.
    assert float(deltas["fr", "vvc"]["BD-rate"].split()[0]) == pytest.approx(100 * (2**-0.4 - 1), abs=0.01)
    assert float(deltas["fr", "vvc"]["BD-metric"]) == pytest.approx(0.2, abs=1e-4)
    assert "refused: real has 2 point(s)" in deltas["fr", "real"]["BD-rate"]
    verdicts = {(row["metric"], row["A"], row["B"]): row["verdict"] for row in table(root, "equal-rate")}
    assert verdicts["fr", "hevc", "vvc"] == "vvc is better"
    assert verdicts["fr", "real", "vvc"] == "real is better"
    assert verdicts["nr", "hevc", "vvc"] == "not told apart"
    for suffix in ("png", "svg", "pdf"):
        assert (root / "compare" / f"rate-distortion.{suffix}").stat().st_size > 1000


def test_curves_can_be_named_and_unmeasured_points_are_left_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_scores(root, drawn("old", NAMES, {"full": (2.0, 2.0)}))
    (root / "Result/old/full").mkdir()
    assert main(["--root", str(root), "old", "--curve", "both=vvc-qp53,real"]) == 0
    assert "left out: old full: no streams were kept" in capsys.readouterr().out
    assert {row["curve"] for row in table(root, "points")} == {"both"}
    assert main(["--root", str(root), "old"]) == 2
    assert "no scored target has a measured rate" in capsys.readouterr().err


def test_different_images_or_settings_are_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = [replace(one, rate=Rate(0, 0, 1, 0.01)) for one in drawn("few", NAMES[:10], {"image": (2.0, 2.0)})]
    save_scores(root, scores)
    assert main(["--root", str(root), "few", "real"]) == 2
    assert "few image: not every image has a score and a rate (10 of 30" in capsys.readouterr().err
    assert main(["--root", str(root), "few", "real", "--allow_partial"]) == 0
    assert "over 10 images" in capsys.readouterr().out
    save_scores(root, scores, fr_order="standard")
    assert main(["--root", str(root), "few", "real", "--allow_partial"]) == 2
    assert "scored with other fr_order" in capsys.readouterr().err
    assert main(["--root", str(root), "--anchor", "avc", "real"]) == 2
    assert "no such curve; there are real" in capsys.readouterr().err


def test_one_model_as_decoder_and_as_codec_is_asked_about_and_all_stands_on_a_page(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for step, level in enumerate((400, 200)):
        save(root, f"diffc-qp{level}", {"image": (0.002 * 2**step, 2.0 + step, 2.0)}, True)
    model = {"loaded": {"checkpoint": "models/x", "revision": "files:0"}}
    for run in [root / f"Result/diffc-qp{level}/image/run.json" for level in (400, 200)]:
        run.write_text(json.dumps({"settings": {"codec": "diffc"}} | model))
    for mode in ("image", "text"):
        (root / f"Result/real/{mode}/run.json").write_text(json.dumps({"settings": {"model": "real"}} | model))
    assert main(["--root", str(root)]) == 0
    out = capsys.readouterr().out
    assert "With the same diffusion model, is a caption or a noisy latent the better use of a bit?" in out
    (line,) = [line for line in out.splitlines() if line.startswith("- caption alone (real)")]
    assert "noisy latent alone is better by FR (-0.3" in line
    assert "caption alone is better by NR (+1.5" in line
    page = (root / "compare/rate-distortion.html").read_text(encoding="utf-8")
    for part in (line.removeprefix("- "), "<svg", "hub rhyang/CDC_params", "cdc-eps", "12,000"):
        assert part in page


def test_what_weights_say_of_themselves_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = [replace(one, rate=Rate(0, 0, 1, 0.01)) for one in drawn("tiny", NAMES, {"image": (2.0, 2.0)})]
    save_scores(root, scores, fr_note="DEMO scores & such")
    assert main(["--root", str(root), "tiny"]) == 0
    assert "\n  DEMO scores & such\n" in capsys.readouterr().out
    assert "<strong>DEMO scores &amp; such</strong>" in (root / "compare/rate-distortion.html").read_text("utf-8")
