"""Results of two makings, changed by known levels and scores, and those of the tiny diffusion in two precisions."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli import evaluate, reference, scenes, t2i
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb, save_png
from cmc.core.origin import Origin
from cmc.core.tables import read_csv
from cmc.scenes.tiny_models import TINY, decoder_flags
from cmc.scores.score_file import ScoreFile, read_scores
from cmc.scores.summary import FR, NR
from cmc.stages.evaluate import Score
from cmc.studies.expand import expand
from cmc.studies.picture_differences import picture_difference
from cmc.studies.plan import parse_plan
from cmc.studies.portability import Pair, compare_results, other_root, variants
from cmc.studies.portability_table import portability_lines, write_portability
from cmc.studies.setting import Baseline, Setting, Study
from tests.scored import benchmark_names, drawn, save_scores, workspace

NAMES = benchmark_names({"NSI": 2, "SCI": 2})
BASE = Setting(name="a", encoder="gpt4v", words=None, captions="gpt4v", decoder="real", modes=("full", "text"))
ORIGIN = Origin(settings="1" * 32, gt="2" * 32, caption="3" * 32)


def scores_of(folder: Path) -> ScoreFile:
    return read_scores(folder / "scores.csv")


def grey(path: Path, level: int, origin: Origin | None = None) -> Path:
    save_png(path, Image.new("RGB", (8, 6), (level,) * 3), origin)
    return path


def shift(path: Path, levels: int) -> None:
    """One pixel of a picture by so many levels, in all channels."""
    pixels = np.array(load_rgb(path))
    pixels[0, 0] = np.where(pixels[0, 0] > 127, pixels[0, 0] - levels, pixels[0, 0] + levels)
    save_png(path, Image.fromarray(pixels))


def test_differences_are_in_levels_of_255(tmp_path: Path) -> None:
    gap = picture_difference(grey(tmp_path / "a.png", 100), grey(tmp_path / "b.png", 90))
    assert (gap.largest, gap.mean, gap.same_pixels, gap.same_bytes) == (10, 10, False, False)
    assert gap.psnr == pytest.approx(20 * np.log10(255 / 10))


def test_other_settings_alone_are_other_files_of_the_same_pixels(tmp_path: Path) -> None:
    first = grey(tmp_path / "a.png", 100, ORIGIN)
    gap = picture_difference(first, grey(tmp_path / "b.png", 100, replace(ORIGIN, settings="9" * 32)))
    assert (gap.same_pixels, gap.same_bytes, gap.psnr) == (True, False, np.inf)
    assert picture_difference(first, grey(tmp_path / "c.png", 100, ORIGIN)).same_bytes


def test_pictures_of_other_inputs_or_sizes_are_not_compared(tmp_path: Path) -> None:
    first = grey(tmp_path / "a.png", 100, ORIGIN)
    with pytest.raises(CMCError, match="made from another caption"):
        picture_difference(first, grey(tmp_path / "b.png", 100, replace(ORIGIN, caption="4" * 32)))
    Image.new("RGB", (6, 6)).save(tmp_path / "c.png")
    with pytest.raises(CMCError, match="of two sizes, 8x6 and 6x6"):
        picture_difference(first, tmp_path / "c.png")


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """Two roots with the same results."""
    first = workspace(tmp_path / "here", {"a": 0.0, "b": 1.0}, NAMES, side=48)
    shutil.copytree(first, tmp_path / "there")
    return first, tmp_path / "there"


def test_equal_roots_are_equal(roots: tuple[Path, Path]) -> None:
    pairs = other_root(Study("some", (BASE, replace(BASE, name="b"))), *(root / "Result" for root in roots))
    found = compare_results("there", pairs, scores_of)
    assert not found.left_out
    assert [(mode.target, mode.mode) for mode in found.modes[:2]] == [("a", "full"), ("a", "image")]
    assert all(gap.same_bytes and gap.same_pixels for mode in found.modes for gap in mode.pictures.values())
    assert all(gap.largest == 0 for scores in found.scores for gap in scores.differences("full").values())
    assert found.ranking
    assert found.ranking.images == len(NAMES)
    assert "  no rank changes: 2 targets by overall over 4 images in full, image, pixel, text" in portability_lines(
        found
    )


def test_known_changes_are_found_and_what_is_alone_is_named(roots: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = (root / "Result" / "a" for root in roots)
    stems = [Path(name).stem for name in NAMES]
    shift(second / "full" / f"{stems[0]}.png", 3)
    shift(second / "full" / f"{stems[1]}.png", 40)
    (second / "full" / f"{stems[2]}.png").unlink()
    (first / "text" / f"{stems[3]}.png").write_bytes(b"no picture")
    run = json.loads((second / "full" / "run.json").read_text(encoding="utf-8"))
    run["settings"]["dtype"] = "torch.bfloat16"
    (second / "full" / "run.json").write_text(json.dumps(run), encoding="utf-8")
    found = compare_results("there", [Pair("a", first, second)], scores_of)
    full = next(mode for mode in found.modes if mode.mode == "full")
    assert [full.pictures[stem].largest for stem in (stems[0], stems[1], stems[3])] == [3, 40, 0]
    pixels = np.prod(load_rgb(first / "full" / f"{stems[1]}.png").size)
    assert full.pictures[stems[1]].mean == pytest.approx(40 / pixels)
    assert full.made_with == ["dtype: torch.float16 and torch.bfloat16"]
    assert found.left_out[f"a/full/{stems[2]}"] == f"not in {second / 'full'}"
    assert "not a readable image" in found.left_out[f"a/text/{stems[3]}"]
    text = "\n".join(portability_lines(found))
    assert "a full: 3 pictures, largest 40, " in text
    assert "same pixels 33%, same files 33%" in text
    write_portability(tmp_path, [found])
    rows = read_csv(tmp_path / "pictures.csv", ["name", "largest", "psnr"])
    assert len(rows) == 4 * 4 - 2
    assert {row["largest"] for row in rows} == {"0", "3", "40"}
    assert len(read_csv(tmp_path / "left-out.csv", ["name"])) == 2


def score_all(root: Path, target: str, fr: float, **settings: str) -> Path:
    return save_scores(root, drawn(target, NAMES, {"full": (fr, 2.0), "text": (fr - 1, 2.0)}), **settings)


def test_ranks_that_change_are_named(roots: tuple[Path, Path]) -> None:
    for root, levels in zip(roots, ((3.0, 2.9, 1.5), (3.0, 3.05, 1.5)), strict=True):
        for target, fr in zip("abc", levels, strict=True):
            score_all(root, target, fr)
    shutil.copytree(roots[0] / "Result" / "a" / "full", roots[0] / "Result" / "c" / "full")
    shutil.copytree(roots[1] / "Result" / "a" / "full", roots[1] / "Result" / "c" / "full")
    pairs = [Pair(name, *(root / "Result" / name for root in roots)) for name in "abc"]
    found = compare_results("there", pairs, scores_of)
    assert found.ranking
    assert list(found.ranking.swaps) == [("a", "b")]
    gap = found.scores[1].differences("text")[FR]
    assert (gap.largest, gap.mean, gap.shift, gap.pictures) == (*[pytest.approx(0.15)] * 3, 4)
    assert found.scores[0].differences("text")[NR].largest == 0
    # Overall is the mean over both modes: (2 FR + NR) / 3.
    assert found.ranking.overall["a"][0] == pytest.approx((2 * 2.5 + 2) / 3)
    assert "a 2.3333 and 2.3333, b 2.2667 and 2.3667" in "\n".join(portability_lines(found))


def test_scores_that_cannot_be_paired_are_named(roots: tuple[Path, Path]) -> None:
    pair = Pair("a", *(root / "Result" / "a" for root in roots))
    scores: Sequence[Score] = scores_of(pair.second).scores
    save_scores(roots[1], [replace(scores[0], values={}, status="stale: made from another caption"), *scores[1:]])
    found = compare_results("there", [pair], scores_of)
    name = f"score of a/full/{Path(scores[0].name).stem}"
    assert found.left_out == {name: "stale: made from another caption"}
    assert found.ranking
    assert found.ranking.images == len(NAMES) - 1
    score_all(roots[1], "a", 2.0, dtype="torch.bfloat16")
    found = compare_results("there", [pair], scores_of)
    assert found.left_out == {"scores of a": "scored with another dtype; score them alike"}
    assert found.ranking is None
    (pair.second / "scores.csv").unlink()
    assert "no " in compare_results("there", [pair], scores_of).left_out["scores of a"]


def test_a_result_that_is_not_there_is_named_and_the_rest_goes_on(roots: tuple[Path, Path]) -> None:
    study = Study("some", (BASE,), (Baseline(name="vvc-qp53", codec="vvc", qp=53),))
    found = compare_results("there", other_root(study, *(root / "Result" for root in roots)), scores_of)
    assert list(found.left_out) == ["vvc-qp53"]
    assert found.modes
    nothing = compare_results("there", other_root(study, roots[0], roots[1])[1:], scores_of)
    assert "  no picture is there to be compared" in portability_lines(nothing)


PLAN = """
encoders = [{captions = "gpt4v"}]
decoders = [
    {model_name = "real", dtype = ["fp32", "bf16"], batch_size = [1, 8], steps = 9},
    {model_name = "sdxl", steps = [20, 30]},
]
modes = ["full", "text"]
seed = [42, 7]
"""


def test_variants_are_held_against_the_plan_s_first() -> None:
    study = expand(parse_plan(PLAN, "plan", "some")).study
    found = variants(study, Path("R"))
    pairs = {title: [(pair.first.name, pair.second.name) for pair in pairs] for title, pairs in found.items()}
    assert pairs == {
        "batch_size 8 against 1": [
            ("real-fp32-batch1+gpt4v", "real-fp32-batch8+gpt4v"),
            ("real-fp32-batch1+gpt4v-seed7", "real-fp32-batch8+gpt4v-seed7"),
        ],
        "dtype bf16 against fp32": [
            ("real-fp32-batch1+gpt4v", "real-bf16-batch1+gpt4v"),
            ("real-fp32-batch1+gpt4v-seed7", "real-bf16-batch1+gpt4v-seed7"),
        ],
        "dtype bf16 against fp32, batch_size 8 against 1": [
            ("real-fp32-batch1+gpt4v", "real-bf16-batch8+gpt4v"),
            ("real-fp32-batch1+gpt4v-seed7", "real-bf16-batch8+gpt4v-seed7"),
        ],
    }
    alone = replace(study, settings=tuple(each for each in study.settings if each.model == "sdxl"))
    with pytest.raises(CMCError, match="no two settings of the plan differ in dtype or batch_size alone"):
        variants(alone, Path("R"))


def test_the_tiny_diffusion_in_two_precisions(tmp_path: Path) -> None:
    root = ["--root", str(tmp_path)]
    assert scenes.main([*root, "--count", "2"]) == 0
    assert reference.main([*root, "--kind", "pixel"]) == 0
    text = "\n".join(["name,text", *(f"{path.name},A red kite." for path in sorted((tmp_path / "GT").iterdir()))])
    (tmp_path / "Text").mkdir()
    (tmp_path / "Text" / "tiny.csv").write_text(text + "\n", encoding="utf-8")
    for dtype in ("fp32", "bf16"):
        flags = [*decoder_flags(TINY), "--steps", "4", "--input_path", "tiny", "--mode", "pixel"]
        assert t2i.main([*root, *flags, "--dtype", dtype, "--result_name", dtype]) == 0
    assert evaluate.main([*root, "--target", "fp32", "bf16", "--model_weight", str(TINY / "Weight")]) == 0
    pair = Pair("fp32", tmp_path / "Result" / "fp32", tmp_path / "Result" / "bf16")
    found = compare_results("bf16 against fp32", [pair], scores_of)
    (mode,) = found.modes
    assert len(mode.pictures) == 2
    assert all(0 < gap.largest < 128 and gap.psnr > 20 and not gap.same_bytes for gap in mode.pictures.values())
    assert mode.made_with == ["dtype: torch.float32 and torch.bfloat16"]
    assert found.scores[0].differences("pixel")[FR].largest > 0
    assert not found.left_out
