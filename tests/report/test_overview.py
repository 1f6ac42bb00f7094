"""The head of the page, and how it fits: many codec results, in a browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmc.cli.report import main
from cmc.core.bits import Rate
from cmc.report.overview import natural_key
from cmc.report.style import result_style
from cmc.scores.score_file import read_scores
from tests.report.browser import browser, chromium, open_page
from tests.scored import benchmark_names, drawn, save_scores, workspace

NAMES = benchmark_names({"NSI": 4, "SCI": 3, "AIGI": 2})
CODECS = [f"webp-qp{qp}" for qp in (5, 10, 20, 30, 50, 100)]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of a decoder and six codec results over nine images."""
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    root = workspace(tmp_path_factory.mktemp("many"), {"sharp": 0.4}, NAMES, 64)
    scores = read_scores(root / "Result" / "sharp" / "scores.csv").scores
    save_scores(root, [replace(one, rate=Rate(64, 0, 96, 0.012)) for one in scores])
    for place, name in enumerate(CODECS):
        rated = drawn(name, NAMES, {"image": (2 + place / 5, 3.0)})
        save_scores(root, [replace(one, rate=Rate(0, 99, 64, 0.1 + place / 10)) for one in rated])
    assert main(["--root", str(root), "--thumbnail", "32"]) == 0
    with browser() as shared:
        open_page(shared, root / "report.html")
        yield shared


def _texts(driver: Any, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements("css selector", selector)]


@pytest.mark.parametrize("width", [320, 390, 1280, 1366])
def test_nothing_lies_beyond_the_screen(driver: Any, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    inner, page = driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert inner == width
    assert page <= width
    if width >= 1280:
        boxes = "return [...document.querySelectorAll('.board:not([hidden])')].map(b => b.scrollWidth - b.clientWidth)"
        assert max(driver.execute_script(boxes)) <= 0


def test_a_warning_stands_once(driver: Any) -> None:
    assert len([text for text in _texts(driver, ".warning") if "9 image(s)" in text]) == 1
    assert _texts(driver, ".cards .barred") == []


def test_codecs_have_a_row_each_in_natural_order(driver: Any) -> None:
    assert _texts(driver, ".compact tbody th") == CODECS
    assert _texts(driver, "#target option") == ["sharp", *CODECS]


def test_counts_are_those_of_the_scored_images(driver: Any) -> None:
    assert _texts(driver, "#board-content option") == ["all (9)", "NSI (4)", "SCI (3)", "AIGI (2)"]


def test_rate_distortion_is_among_the_figures(driver: Any) -> None:
    assert "9 images" in _texts(driver, "figure.rate figcaption")[0]


def test_tab_reaches_the_controls_first_and_dialogs_start_at_the_slider(driver: Any) -> None:
    stops = "document.querySelectorAll('main [tabindex], main select, main button')"
    script = f"return [...{stops}].filter(e => e.offsetParent)[0].id"
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_script("dispatchEvent(new Event('resize'))")
    assert driver.execute_script(script) == "board"
    driver.execute_script("document.querySelector('.entry button.shot').click()")
    assert driver.switch_to.active_element.get_attribute("id") == "divide"


def test_numbers_in_names_sort_by_value() -> None:
    assert sorted(["b", "a-qp10", "a-qp5", "A-qp6"], key=natural_key) == ["a-qp5", "A-qp6", "a-qp10", "b"]


def test_many_results_are_told_apart() -> None:
    looks = {tuple(map(str, result_style(index).values())) for index in range(42)}
    assert len(looks) == 42


def test_refused_curves_leave_the_page_whole(tmp_path: Path) -> None:
    for name, order in (("a", "published"), ("b", "standard")):
        rated = [replace(one, rate=Rate(0, 99, 64, 0.1)) for one in drawn(name, NAMES, {"image": (2, 3)})]
        save_scores(tmp_path, rated, fr_order=order)
    assert main(["--root", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No rate-distortion figure: b and a were scored with other fr_order; score them alike" in page
