"""The report as a reader has it: in a browser, from disk."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmc.cli.report import main
from cmc.core.bits import Rate
from cmc.core.origin import Origin
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate import Score
from tests.report.browser import browser, chromium, errors, open_page
from tests.scored import benchmark_names, save_scores, workspace

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium with chromedriver on this machine")

NAMES = benchmark_names({"NSI": 14, "SCI": 10, "AIGI": 6})
SOFT = 'so<i>ft & "co" #1'
HOSTILE = "A <b>bold</b> {}: </script><script>document.title='taken over'</script><img src=x onerror=alert(1)> & \u2028"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two targets of 30 images; one picture of the second is lost."""
    root = workspace(tmp_path_factory.mktemp("report"), {"sharp": 0.4, SOFT: 1.5}, NAMES, 96, HOSTILE.format)
    soft = list(read_scores(root / "Result" / SOFT / "scores.csv").scores)
    lost = next(at for at, one in enumerate(soft) if (one.name, one.mode) == (NAMES[3], "text"))
    (root / "Result" / SOFT / "text" / NAMES[3]).unlink()
    soft[lost] = Score(NAMES[3], SOFT, "text", {}, "failed: the picture came out all black")
    save_scores(root, soft)
    sharp = read_scores(root / "Result" / "sharp" / "scores.csv").scores
    save_scores(root, [replace(one, rate=Rate(64, 0, 96, 0.012)) for one in sharp])
    maps = ItemMaps(["<b>cup</b>", "table"], np.ones((2, 8, 8), bool), Origin())
    write_maps(root / "Ref/map" / f"{Path(NAMES[0]).stem}.map.json", maps)
    for path in root.glob("Result/*/scores.csv"):
        path.write_text(_with_distance(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert main(["--root", str(root), "--thumbnail", "64", "--allow_partial"]) == 0
    return root / "report.html"


def _with_distance(text: str) -> str:
    """A score file with one more metric, of which less is better: 5 - FR."""
    header, *rows = csv.reader(text.splitlines())
    fr, status = header.index("fr"), header.index("status")
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*header[:status], "distance", *header[status:], "lower_is_better"])
    writer.writerows([*row[:status], row[fr] and str(5 - float(row[fr])), *row[status:], "distance"] for row in rows)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def shared() -> Iterator[Any]:
    with browser() as driver:
        yield driver


@pytest.fixture
def driver(shared: Any, page: Path) -> Iterator[Any]:
    """The page freshly loaded; whatever a test does, the console stays clean."""
    open_page(shared, page)
    yield shared
    assert errors(shared) == []


def _texts(driver: Any, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements("css selector", selector)]


def _choose(driver: Any, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", name)).select_by_value(value)


def _values(driver: Any, column: int) -> list[float]:
    cells = driver.find_elements("css selector", f".board:not([hidden]) tbody tr > :nth-child({column})")
    return [float(cell.get_attribute("data-value")) for cell in cells]


def test_nothing_is_fetched_but_the_page_itself(driver: Any, page: Path) -> None:
    fetched = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in fetched if not name.startswith("data:")] == []
    assert not re.findall(r"""(?:src|href)=["']?https?:""", page.read_text(encoding="utf-8"))
    assert len(_texts(driver, ".figures svg")) == 7
    assert driver.title == f"CMC report: sharp, {SOFT}"


def test_captions_are_text(driver: Any) -> None:
    caption = driver.find_element("css selector", ".entry p").text
    assert caption.startswith("A <b>bold</b> AIGI_DALLE3_000.png: </script><script>document.title=")
    assert driver.find_elements("css selector", "img[src=x], .entry b b") == []


def test_the_leaderboard_sorts_both_ways(driver: Any) -> None:
    header = driver.find_element("css selector", ".board:not([hidden]) th:nth-child(6)")
    before = _values(driver, 6)
    header.find_element("tag name", "button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert _values(driver, 6) == sorted(before, reverse=True) != before
    header.find_element("tag name", "button").send_keys("\ue007")
    assert header.get_attribute("aria-sort") == "ascending"
    assert _values(driver, 6) == sorted(before)
    driver.find_element("css selector", ".board:not([hidden]) th:nth-child(2) button").click()
    names = _texts(driver, ".board:not([hidden]) tbody th")
    assert names == sorted(names, key=str.lower)
    assert {"sharp", SOFT, "PG25"} <= set(names)


def test_measured_rates_stand_on_the_boards(driver: Any) -> None:
    table = driver.find_element("css selector", ".board:not([hidden])")
    column = _texts(table, "thead th").index("bpp") + 1
    rates = {row.find_element("css selector", "th").text.split("\n")[0]: row for row in _rows(table)}
    cells = {name: row.find_element("css selector", f":nth-child({column})").text for name, row in rates.items()}
    sharp = next(text for name, text in cells.items() if name.startswith("sharp"))
    assert re.fullmatch(r"0\.01200\s*2,000x", sharp)
    assert {text for name, text in cells.items() if not name.startswith("sharp")} == {""}


def _rows(table: Any) -> list[Any]:
    return table.find_elements("css selector", "tbody tr")


def test_rankings_are_chosen_by_board_and_content(driver: Any) -> None:
    _choose(driver, "board", "restorative")
    assert _texts(driver, ".board:not([hidden]) tbody th") == ["DiffBIR", "PASD", "StableSR", "InstructPix"]
    _choose(driver, "board", "ulb")
    _choose(driver, "board-content", "SCI")
    (caption,) = [text for text in _texts(driver, ".board caption") if text]
    assert "full and image" in caption
    assert "SCI images" in caption
    assert "2.7850" in driver.find_element("css selector", ".board:not([hidden]) tbody tr").text


def test_the_gallery_filters_and_orders(driver: Any) -> None:
    count = driver.find_element("id", "count")
    assert count.text == "30 of 30 images"
    assert len(driver.find_elements("css selector", ".entry")) < 30
    _choose(driver, "type", "SCI")
    assert count.text == "10 of 30 images"
    assert all(name.startswith("SCI") for name in _texts(driver, ".entry h3"))
    _choose(driver, "mode", "full")
    # The greater the distance, the worse: both metrics give one order.
    for order, metric in itertools.product(("worst", "best"), ("fr", "distance")):
        _choose(driver, "metric", metric)
        _choose(driver, "order", order)
        notes = _texts(driver, ".entry button.shot:nth-of-type(3) span")
        scores = [float(re.search(r"FR ([\d.]+)", note)[1]) for note in notes]
        assert len(set(scores)) > 3
        assert scores == sorted(scores, reverse=order == "best")
    driver.find_element("id", "search").send_keys("game_003")
    assert _texts(driver, ".entry h3") == ["SCI_game_003.png\nSCI game"]


def test_maps_stand_beside_the_ground_truth_with_their_names_in_colours(driver: Any) -> None:
    driver.find_element("id", "search").send_keys(Path(NAMES[0]).stem)
    assert _texts(driver, ".entry .shot b")[:4] == ["ground truth", "image reference", "pixel reference", "items"]
    legend = [element for element in driver.find_elements("css selector", ".shot span") if "cup" in element.text]
    assert [element.text for element in legend] == ["<b>cup</b>"]
    swatches = driver.find_elements("css selector", ".swatch")
    colours = [swatch.value_of_css_property("background-color") for swatch in swatches]
    assert colours == ["rgba(213, 94, 0, 1)", "rgba(0, 114, 178, 1)"]
    assert all(swatch.size["width"] > 4 for swatch in swatches)


def test_lost_pictures_are_counted_and_found(driver: Any) -> None:
    assert "1 failed" in driver.find_element("css selector", ".cards").text
    _choose(driver, "target", SOFT)
    driver.find_element("id", "lost").click()
    assert driver.find_element("id", "count").text == "1 of 30 images"
    assert "came out all black" in driver.find_element("css selector", ".entry .none").text


def test_the_rest_is_built_when_the_reader_comes_near(driver: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    driver.execute_script("document.getElementById('more').scrollIntoView()")
    WebDriverWait(driver, 5).until(lambda one: len(one.find_elements("css selector", ".entry")) == 30)


def test_the_slider_uncovers_by_mouse_and_keyboard(driver: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    button = driver.find_element("css selector", ".entry button.shot:nth-of-type(6)")
    assert re.match(
        r"Compare AIGI_DALLE3_000\.png, text with the ground truth\. FR ", button.get_attribute("aria-label")
    )
    button.click()
    assert driver.find_element("css selector", "#shots [aria-pressed=true]").text == "text"
    # The full picture, beside the page on disk, takes the thumbnail's place.
    after = driver.find_element("id", "after")
    WebDriverWait(driver, 5).until(
        lambda _: after.get_attribute("src").endswith("/Result/sharp/text/AIGI_DALLE3_000.png")
    )
    slider = driver.find_element("id", "divide")

    def clipped() -> float:
        shape = driver.execute_script("return getComputedStyle(document.querySelector('.after')).clipPath")
        return float(re.search(r"([\d.]+)%\)", shape)[1])

    assert clipped() == 50
    for _ in range(10):
        slider.send_keys("\ue014")
    assert clipped() == 55
    from selenium.webdriver import ActionChains

    ActionChains(driver).move_to_element_with_offset(slider, -int(slider.size["width"] * 0.3), 0).click().perform()
    assert clipped() == pytest.approx(20, abs=2)
    driver.find_element("id", "next").click()
    assert driver.find_element("id", "compare-title").text == "AIGI_DALLE3_004.png"


def test_the_error_map_shows_where_the_pictures_differ(driver: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    def error_of(mode: int) -> float:
        driver.find_element("css selector", f"#shots button:nth-child({mode})").click()
        text = "return document.getElementById('figures-of').textContent"
        WebDriverWait(driver, 5).until(lambda one: "mean error" in one.execute_script(text))
        return float(re.search(r"mean error ([\d.]+) %", driver.execute_script(text))[1])

    driver.find_element("css selector", ".entry button.shot").click()
    driver.find_element("id", "error").click()
    full, text = error_of(3), error_of(6)
    assert 0 < full < text
    pixels = driver.execute_script(
        "const c = document.getElementById('map');"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    assert len(set(zip(pixels[0::4], pixels[1::4], pixels[2::4]))) > 20
    assert driver.find_element("id", "map").is_displayed()


def test_light_and_dark(driver: Any) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    line = "return getComputedStyle(document.querySelector('.figures svg text')).fill"
    light = driver.execute_script(ground), driver.execute_script(line)
    driver.find_element("id", "theme").click()
    dark = driver.execute_script(ground), driver.execute_script(line)
    assert light == ("rgb(246, 247, 249)", "rgb(27, 32, 41)")
    assert dark == ("rgb(16, 19, 24)", "rgb(231, 234, 240)")


def test_every_control_has_a_name(driver: Any) -> None:
    for element in driver.find_elements(
        "css selector", "button, select, input, dialog, [role=region], figure [role=img]"
    ):
        # What is off the screen is not laid out yet, and has no computed name.
        name = element.get_attribute("aria-label") or element.accessible_name
        assert name or not element.is_displayed(), element.get_attribute("outerHTML")[:100]
    assert driver.find_elements("css selector", "img:not([alt])") == []
    assert driver.execute_script("return document.documentElement.lang") == "en"


def test_the_pixel_reference_is_shown_in_blocks(driver: Any) -> None:
    style = "return getComputedStyle(document.getElementById('after')).imageRendering"
    driver.find_element("css selector", ".entry button.shot:nth-of-type(2)").click()
    assert driver.execute_script(style) == "pixelated"
    driver.find_element("css selector", "#shots button:nth-child(3)").click()
    assert driver.execute_script(style) == "auto"


def test_commands_stand_with_each_row(driver: Any) -> None:
    commands = _texts(driver, "#runs pre")
    assert commands[0].startswith("python -m cmc t2i --root ")
    assert " --mode full --model_name sdxl " in commands[0]
    assert "/Text/gpt4v.csv --result_name sharp" in commands[0]
    assert any(line.endswith(" --target sharp --fr_order published --dtype fp32") for line in commands)
