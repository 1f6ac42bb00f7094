"""The numbers in figures of a study, and the files that they become."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.report.panels import BEST, panel_figure
from cmc.report.rdplot import rate_distortion
from cmc.report.sheet import sheet_figure
from cmc.report.study_curves import TITLES, metrics_left_out, study_curves
from cmc.report.study_files import write_views
from cmc.report.study_views import RENDERERS, show_views
from cmc.studies.contact_sheets import contact_sheets
from cmc.studies.panels import panel_figures
from cmc.studies.setting import Baseline, Setting, Study
from cmc.studies.views import VIEWS
from tests.scored_studies import (
    LENGTHS,
    NAMES,
    QPS,
    STRENGTHS,
    Scored,
    codecs,
    decoded,
    length,
    load,
    qp,
    rate,
    strength,
    write_pictures,
    write_results,
)

TEXT_BPP = {5: 0.001, 10: 0.002, 20: 0.003, 50: 0.006, None: 0.002}
MODE_BPP = {"full": (0.002, 0.02), "image": (0.0, 0.02), "pixel": (0.002, 0.002), "text": (0.002, 0.0)}


def _words(setting: Setting, mode: str, place: int) -> Scored:
    values = {"fr": 2.0 + (setting.words or 0) / 100 + place / 10, "nr": 3.0, "lpips": 0.5}
    return values, rate(TEXT_BPP[setting.words], 0.02)


def test_panels_draw_means_bands_and_the_best(tmp_path: Path) -> None:
    write_results(tmp_path, length(), _words)
    (found,) = panel_figures(load(tmp_path, length()))
    figure = panel_figure(found)
    axes = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert list(axes) == ["LPIPS ↓", "TOPIQ-FR ↑", "TOPIQ-NR ↑"]
    fr = axes["TOPIQ-FR ↑"]
    lines = {line.get_label(): line for line in fr.lines}
    x, y = lines["LLAVA"].get_data()
    assert list(x) == pytest.approx([TEXT_BPP[words] for words in LENGTHS])
    assert list(y) == pytest.approx([2.0 + words / 100 + 0.55 for words in LENGTHS])
    assert [*map(float, np.ravel(lines[BEST].get_data()))] == pytest.approx([0.006, 3.05])
    # A band a line with several points; the one point has a bar.
    bands = [band.get_paths()[0].vertices for band in fr.collections]
    low, high = found.panels[1].lines["LLAVA"][0].estimate.bounds
    assert {low, high} <= set(bands[1][:, 1])
    assert len(bands) == 6
    # Consistency alone stands on a tinted ground.
    assert [len(axes.patches) for axes in figure.axes] == [1, 1, 0]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[-6:] == [*(f"{words} words" for words in LENGTHS), "own length", BEST]
    assert fr.get_xlabel() == "bits per pixel of text"


def test_panels_over_strength_tell_the_bits_of_text_in_the_legend(tmp_path: Path) -> None:
    write_results(tmp_path, strength(), lambda setting, mode, place: ({"nr": setting.strength}, rate(0.0021, 0.02)))
    (found,) = panel_figures(load(tmp_path, strength()))
    figure = panel_figure(found)
    (axes,) = figure.axes
    assert list(axes.lines[0].get_xdata()) == list(STRENGTHS)
    assert list(axes.lines[0].get_ydata()) == pytest.approx(STRENGTHS)
    assert figure.legends[0].get_texts()[0].get_text() == "real (text 0.0021 bpp)"


def _quality(source: Setting | Baseline, mode: str, place: int) -> Scored:
    if isinstance(source, Baseline):
        return {"fr": 5.0 - source.qp / 20, "nr": 1.0}, rate(0, 0.02 * (54 - source.qp))
    return {"fr": len(mode) / 2, "nr": 3.0, "psnr": 20.0}, rate(*MODE_BPP[mode])


def test_curves_are_codecs_over_qp_and_decoders_over_modes(tmp_path: Path) -> None:
    write_results(tmp_path, codecs(), _quality, sets={"fid": lambda source, mode: 100.0 + len(mode)})
    results = load(tmp_path, codecs())
    curves = study_curves(results)
    assert curves.metrics == {"fid": False, "fr": True, "nr": True}
    assert metrics_left_out(results, curves) == ["psnr"]
    figure = rate_distortion(curves, TITLES)
    fid, fr, _ = figure.axes
    assert (fid.get_ylabel(), fr.get_ylabel()) == ("FID ↓", "TOPIQ-FR ↑")
    lines = {line.get_label(): line for line in fr.lines}
    assert list(lines["vvc"].get_xdata()) == pytest.approx([0.02 * (54 - at) for at in QPS])
    assert list(lines["vvc"].get_ydata()) == pytest.approx([5.0 - at / 20 for at in QPS])
    assert list(lines["real"].get_xdata()) == pytest.approx([0.002, 0.004, 0.02, 0.022])
    assert list(lines["real"].get_ydata()) == pytest.approx([2.0, 2.5, 2.5, 2.0])
    assert list(fid.lines[0].get_ydata()) == pytest.approx([104, 105, 105, 104])


def test_a_sheet_holds_the_pictures_in_their_places(tmp_path: Path) -> None:
    study = replace(codecs(), baselines=())
    names = write_pictures(tmp_path, study, 3)
    lost = lambda source, mode, place: ({} if (source.decoder, mode) == ("animate", "text") else {"fr": 1.0}, None)  # noqa: E731
    write_results(tmp_path, study, lost, names)
    sheet = contact_sheets(load(tmp_path, study), [names[0]])[0]
    figure = sheet_figure(sheet)
    axes = {axes.get_label(): axes for axes in figure.axes}
    assert set(axes) == {"-1 1.5", *(f"{column} {row}" for column in (0, 1) for row in range(4))} - {"1 3"}
    gt = np.asarray(Image.open(tmp_path / "GT" / names[0]))
    assert (axes["-1 1.5"].images[0].get_array() == gt).all()
    pixel = np.asarray(Image.open(tmp_path / "Result" / "animate+gpt4v" / "pixel" / names[0]))
    assert (axes["1 2"].images[0].get_array() == pixel).all()
    # All of one size; the caption is there once, for all columns read the same.
    assert len({axes.get_position().size.round(6).tobytes() for axes in figure.axes}) == 1
    texts = [text.get_text().replace("\n", " ") for text in figure.texts]
    assert texts.count(next(iter(sheet.captions.values()))) == 1
    assert {"GT", "real", "animate", "full", "image", "pixel", "text"} <= set(texts)


def test_a_mode_with_lost_pictures_says_so_in_its_place(tmp_path: Path) -> None:
    study = Study("lost", (decoded("a", "gpt4v"), decoded("b", "gpt4v", strength=0.9)))
    names = write_pictures(tmp_path, study, 3)
    (tmp_path / "Result" / "b" / "full" / names[0]).write_bytes(b"no picture")
    scored = lambda source, mode, place: ({} if (source.name, place) == ("a", 0) else {"fr": 1.0}, None)  # noqa: E731
    write_results(tmp_path, study, scored, names)
    figure = sheet_figure(contact_sheets(load(tmp_path, study), [names[0]])[0])
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [[], ["no picture"], ["unreadable"]]


def test_every_view_has_a_renderer() -> None:
    assert RENDERERS.keys() == VIEWS.keys()


def test_files_of_every_view_with_remarks(tmp_path: Path) -> None:
    study = replace(qp(), views=("references", "panels", "sheet"))
    names = write_pictures(tmp_path, study, 1)
    scored = lambda setting, mode, place: ({"fr": 2.0 + bool(setting.encoder)}, rate(0.001, 0.02))  # noqa: E731
    write_results(tmp_path, study, scored, names, but=("real+gpt4v-q45",))
    written = write_views(load(tmp_path, study), tmp_path / "out")
    assert {path.name for path in written.files} == {path.name for path in (tmp_path / "out").iterdir()}
    assert {path.name for path in written.files} == {
        "points.csv",
        *(f"references.{suffix}" for suffix in ("csv", "txt", "tex", "png", "svg", "pdf")),
        *(f"sheet-{name.removesuffix('.png')}.{suffix}" for name in names for suffix in ("png", "svg", "pdf")),
    }
    assert written.remarks[0] == "1 of 8 results are left out: real+gpt4v-q45 (not scored)"
    assert "panels: not shown: it needs settings that differ in words, in strength or in noise level" in written.remarks
    assert any(remark.startswith("references: left out") for remark in written.remarks)
    table = (tmp_path / "out" / "references.csv").read_text(encoding="utf-8").splitlines()
    assert table[3] == "vvc QP 53,Improve,,50.0%"


def test_nothing_scored_is_said_and_nothing_is_drawn(tmp_path: Path) -> None:
    study = replace(codecs(), views=("board", "curves"))
    written = write_views(load(tmp_path, study), tmp_path / "out")
    assert written.files == []
    assert written.remarks[1] == "no points.csv: nothing of it is scored"
    assert [remark.partition(": not shown")[0] for remark in written.remarks[2:]] == ["board", "curves"]


def test_where_all_views_are_wanted_those_that_do_not_fit_are_not_told(tmp_path: Path) -> None:
    scored = lambda source, mode, place: ({"fr": 1.0}, rate(0, 0.02))  # noqa: E731
    write_results(tmp_path, codecs(), scored)
    shown = show_views(load(tmp_path, replace(codecs(), views=tuple(VIEWS))))
    assert [one.view.name for one in shown] == ["curves"]


def test_curves_say_over_how_many_images(tmp_path: Path) -> None:
    some = lambda source, mode, place: ({} if source.name == "vvc-qp53" and place else {"fr": 1.0}, rate(0, 0.02))  # noqa: E731
    write_results(tmp_path, codecs(), some)
    shown = show_views(load(tmp_path, replace(codecs(), views=("curves",))))[0]
    assert shown.figures[0].caption.startswith(f"Means over 1 of {len(NAMES)} images, those that all points have")
