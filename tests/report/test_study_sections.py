"""Studies in the report as a reader has them: in a browser, from disk."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmc.cli.report import main
from cmc.core.origin import digest
from cmc.scores.score_file import read_scores, write_scores
from cmc.studies.setting import Setting
from cmc.studies.study_file import write_study
from tests.report.browser import browser, chromium, errors, open_page
from tests.scored_studies import Scored, decoded, flat, qp, strength, write_pictures, write_results

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium with chromedriver on this machine")

HOSTILE = "so<i>ft & 'co' <script>document.title=1<-script>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of three studies, one of which has a stale picture, and of two files that are no studies."""
    root = tmp_path_factory.mktemp("studies")
    swept = replace(
        strength(), name="swept", settings=strength().settings[::3], views=("panels", "sheet"), metrics=("benchmark",)
    )
    table = replace(qp(), name="table", settings=qp().settings[:4])
    settings = (decoded("stale-a", "gpt4v"), decoded(f"stale-{HOSTILE}", "b"))
    hostile = replace(swept, name=HOSTILE, settings=settings, views=("sheet", "curves"))
    names = write_pictures(root, replace(swept, settings=(*swept.settings, *hostile.settings)), 1)
    for study in (swept, table, hostile):
        write_results(root, study, _scored, names, but=(table.settings[3].name,))
        write_study(root / "Study" / study.name / "study.json", study)
    _make_stale(root / "Result" / "stale-a", names[0])
    for name, content in (("broken<b>", '{"study": {"name": "../x"}}'), ("other", "[]")):
        (root / "Study" / name).mkdir()
        (root / "Study" / name / "study.json").write_text(content, encoding="utf-8")
    assert main(["--root", str(root), "--allow_partial"]) == 0
    return root / "report.html"


def _scored(setting: Setting, mode: str, place: int) -> Scored:
    return {"fr": 2.0 + (setting.strength or 0), "nr": 3.0 - setting.qp / 100}, None


def _make_stale(folder: Path, name: str) -> None:
    """The picture is another now than when it was scored."""
    file = read_scores(folder / "scores.csv")
    scored = [replace(score, picture_digest=digest(b"another")) for score in file.scores]
    write_scores(folder / "scores.csv", scored, {"target": file.target, **file.settings})
    flat("red").save(folder / "full" / name)


@pytest.fixture(scope="module")
def shared() -> Iterator[Any]:
    with browser() as driver:
        yield driver


@pytest.fixture
def driver(shared: Any, page: Path) -> Iterator[Any]:
    open_page(shared, page)
    yield shared
    assert errors(shared) == []


def _study(driver: Any, name: str) -> Any:
    # Its text as it stands in the page: what a slow browser has not drawn yet would be empty.
    sections = driver.find_elements("css selector", ".study")
    return next(one for one in sections if one.find_element("tag name", "h3").get_attribute("textContent") == name)


def test_every_study_has_a_section_with_its_figures_and_tables(driver: Any) -> None:
    assert driver.title.startswith("CMC report")
    assert driver.find_element("css selector", "nav a[href='#studies']").text == "Studies"
    swept = _study(driver, "swept")
    assert [title.text for title in swept.find_elements("tag name", "h4")] == [
        "Consistency and perception over caption length, strength or noise",
        "Pictures side by side",
    ]
    panels, sheet = swept.find_elements("css selector", "figure svg")
    assert "denoising strength" in panels.text
    assert len(sheet.find_elements("tag name", "image")) == 6
    table = _study(driver, "table")
    assert "1 of 4 results are left out: real+gpt4v-q51 (not there)." in table.text
    cells = [cell.text for cell in table.find_elements("css selector", "tbody tr:nth-child(3) > *")]
    assert cells == ["vvc QP 53", "Improve", "", "0.00%", "0.00%"]
    assert "109%" in table.find_element("css selector", "tbody tr:nth-child(6)").text


def test_what_cannot_be_shown_says_why_and_the_rest_goes_on(driver: Any) -> None:
    assert "study.json is not a study of this toolkit" in _study(driver, "broken<b>").text
    assert "has no section 'study'" in _study(driver, "other").text
    hostile = _study(driver, HOSTILE)
    assert "1 picture(s) are stale and left out: stale-a/full/" in hostile.text
    assert "without any score: stale-a full" in hostile.text
    assert "not shown: it needs two results or modes whose rates were measured" in hostile.text
    assert driver.find_element("id", "leaderboard").is_displayed()


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows_a_phone(driver: Any, dark: bool) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        if dark:
            driver.find_element("id", "theme").click()
        assert driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]") == [390, 390]
        wide = driver.execute_script(
            "return [...document.querySelectorAll('.study *')].filter(e => !e.closest('.scroll') && "
            "e.getBoundingClientRect().right > 390).map(e => e.outerHTML.slice(0, 80))"
        )
        assert wide == []
        ink = driver.execute_script("return getComputedStyle(document.querySelector('.study svg text')).fill")
        assert ink == ("rgb(231, 234, 240)" if dark else "rgb(27, 32, 41)")
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
