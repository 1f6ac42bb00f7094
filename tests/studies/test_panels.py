from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.files import write_json
from cmc.studies.panels import panel_figures
from cmc.studies.setting import Setting, Study
from tests.scored_studies import (
    ENCODERS,
    LENGTHS,
    STRENGTHS,
    Scored,
    codecs,
    decoded,
    length,
    load,
    qp,
    rate,
    strength,
    write_results,
)

TEXT = {5: 0.001, 10: 0.0015, 20: 0.0025, 50: 0.005, None: 0.0018}


def _of_words(setting: Setting, mode: str, place: int) -> Scored:
    """FR rises with the words, LPIPS falls; the images differ by their place."""
    words = setting.words or 12
    values = {"fr": 2 + words / 100 + place, "nr": 3.0, "lpips": 0.5 - words / 1000, "ssim": 0.4}
    if setting.encoder != "Qwen":
        values["liqe"] = 2.0
    return values, rate(TEXT[setting.words], 0.02)


def test_length_runs_over_bits_of_text_with_the_words_as_marks(tmp_path: Path) -> None:
    write_results(tmp_path, length(), _of_words, sets={"fid": lambda setting, mode: 300.0 - (setting.words or 0)})
    (found,) = panel_figures(load(tmp_path, length()))
    assert (found.name, found.images, found.axis_title) == ("words-full", 12, "bits per pixel of text")
    panels = {panel.metric.label: panel for panel in found.panels}
    assert list(panels) == ["LPIPS", "LIQE", "SSIM", "FID", "TOPIQ-FR", "TOPIQ-NR"]
    fr = panels["TOPIQ-FR"]
    assert list(fr.lines) == list(ENCODERS)
    line = fr.lines["GPT4o"]
    assert [point.x for point in line] == pytest.approx([TEXT[words] for words in LENGTHS])
    assert [point.mark for point in line] == ["5 words", "10 words", "20 words", "50 words"]
    assert [point.estimate.mean for point in line] == pytest.approx([2 + words / 100 + 5.5 for words in LENGTHS])
    (own,) = fr.lines["InstructBLIP"]
    assert (own.x, own.mark) == (pytest.approx(0.0018), "own length")
    # Of equal means the first is ringed; of LPIPS and FID the least.
    assert fr.best == ("GPT4o", line[3])
    assert panels["LPIPS"].best[1].mark == panels["FID"].best[1].mark == "50 words"
    assert panels["FID"].best[1].estimate.bounds is None
    assert "Qwen" not in panels["LIQE"].lines
    assert found.remarks == [
        "not computed, so without a panel: CLIPSIM, CLIPIQA",
        "no LIQE of real+Qwen-w5, real+Qwen-w10, real+Qwen-w20, real+Qwen-w50",
    ]


def test_without_rates_words_are_the_axis(tmp_path: Path) -> None:
    write_results(tmp_path, length(), lambda *of: (_of_words(*of)[0], None))
    (found,) = panel_figures(load(tmp_path, length()))
    line = found.panels[-1].lines["ShareGPT"]
    assert found.axis_title == "expected words of a caption"
    assert [(point.x, point.mark) for point in line] == [(words, "") for words in LENGTHS]
    assert "InstructBLIP" not in found.panels[-1].lines
    assert found.remarks[:2] == [
        "bits of text are not known of every result (no streams were kept), so words are the axis",
        "no words stated, so on no place of this axis: real+InstructBLIP",
    ]


def test_strength_has_a_figure_a_mode_and_a_line_a_decoder(tmp_path: Path) -> None:
    study = strength(("full", "pixel", "text"))
    scored = lambda setting, mode, place: (  # noqa: E731
        {"fr": 2 + setting.strength * (setting.decoder == "real"), "nr": 1.0},
        rate(0.002 if setting.decoder == "real" else 0.003, 0.02),
    )
    write_results(tmp_path, study, scored)
    figures = panel_figures(load(tmp_path, study))
    # Text mode starts from nothing, so strength is nothing to it.
    assert [found.name for found in figures] == ["strength-full", "strength-pixel"]
    lines = figures[0].panels[0].lines
    assert [(point.x, point.estimate.mean) for point in lines["real"]] == [
        (at, pytest.approx(2 + at)) for at in STRENGTHS
    ]
    assert figures[0].text_bpp == {"real": pytest.approx(0.002), "dreamlike": pytest.approx(0.003)}


def test_strengths_have_a_figure_over_the_noise_that_runs_recorded(tmp_path: Path) -> None:
    study = strength()
    write_results(tmp_path, study, lambda setting, mode, place: ({"fr": 1.0}, None))
    sigmas = {setting.name: 3 * setting.strength for setting in study.settings if setting.decoder == "dreamlike"}
    for name, sigma in sigmas.items():
        write_json(tmp_path / "Result" / name / "full/run.json", {"outcome": {"sigma": sigma}})
    over_strength, over_noise = panel_figures(load(tmp_path, study))
    assert (over_strength.name, over_noise.name) == ("strength-full", "noise_level-full")
    assert (over_strength.log, over_noise.log) == (False, True)
    lines = over_noise.panels[0].lines
    assert [point.x for point in lines["dreamlike"]] == list(sigmas.values())
    assert "real" not in lines
    assert "no noise_level stated, so on no place of this axis: real+gpt4v-s0.2" in over_noise.remarks[0]


def test_noise_levels_have_no_place_over_strength(tmp_path: Path) -> None:
    settings = [decoded(f"n{level}", "gpt4v", noise_level=level) for level in (0.5, 1.0, 2.0)]
    study = Study("noise", tuple(settings))
    write_results(tmp_path, study, lambda setting, mode, place: ({"fr": setting.noise_level}, None))
    for setting in settings:
        recorded = {"outcome": {"sigma": 1.1 * setting.noise_level}}
        write_json(tmp_path / "Result" / setting.name / "full/run.json", recorded)
    (found,) = panel_figures(load(tmp_path, study))
    ((_, line),) = found.panels[0].lines.items()
    assert [(point.x, point.estimate.mean) for point in line] == [
        (pytest.approx(1.1 * level), level) for level in (0.5, 1, 2)
    ]


def test_a_setting_without_strength_stands_at_its_modes_own(tmp_path: Path) -> None:
    settings = (decoded("a", "gpt4v", strength=0.2), decoded("b", "gpt4v"), decoded("c", "gpt4v", strength=0.9))
    study = Study("some", settings)
    write_results(tmp_path, study, lambda setting, mode, place: ({"fr": 1.0}, None))
    (found,) = panel_figures(load(tmp_path, study))
    ((_, line),) = found.panels[0].lines.items()
    assert [point.x for point in line] == [0.2, 0.5, 0.9]


@pytest.mark.parametrize("study", [qp(), codecs()], ids=lambda study: study.name)
def test_a_study_that_varies_neither_has_no_panels(study: Study, tmp_path: Path) -> None:
    write_results(tmp_path, study, lambda *of: ({"fr": 1.0}, None))
    with pytest.raises(CMCError, match="it needs settings that differ in words, in strength or in noise level"):
        panel_figures(load(tmp_path, study))


def test_seeds_are_one_line(tmp_path: Path) -> None:
    settings = [
        replace(setting, name=f"{setting.name}-seed{seed}", seed=seed)
        for setting in strength().settings[:7]
        for seed in (1, 2)
    ]
    study = Study("seeds", tuple(settings))
    write_results(tmp_path, study, lambda setting, mode, place: ({"fr": float(setting.seed)}, None))
    (found,) = panel_figures(load(tmp_path, study))
    ((_, line),) = found.panels[0].lines.items()
    assert [point.estimate.mean for point in line] == [1.5] * 7
