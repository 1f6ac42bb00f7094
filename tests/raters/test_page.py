"""A sitting as a viewer has it: in a browser, by keyboard, from consent to the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmc.raters.stored_votes import read_ballots, read_scores
from tests.raters.small_study import Served, save_study, served
from tests.report.browser import browser, chromium, errors

pytestmark = pytest.mark.skipif(chromium() is None, reason="no chromium with chromedriver on this machine")

# Typed at each place: consistency and perception.
TYPED = [(f"{place % 5}{(place * 3) % 10}", f"{(place * 2) % 5}") for place in range(14)]
EXPECTED = {
    (place, dimension): int(text.ljust(2, "0")) / 10
    for place, pair in enumerate(TYPED)
    for dimension, text in zip(("consistency", "perception"), pair, strict=True)
}
FITS = "const {scrollHeight, scrollWidth} = document.scrollingElement; "
FITS += "return [scrollHeight <= innerHeight, scrollWidth <= innerWidth]"


class Viewer:
    """Who sits at the browser."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def until(self, condition: Callable[[], object]) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 20, poll_frequency=0.05).until(lambda _: condition())

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def text(self, name: str) -> str:
        return self.driver.find_element("id", name).text

    def keys(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def press(self, name: str) -> None:
        self.until(self.driver.find_element("id", name).is_displayed)
        self.driver.find_element("id", name).click()

    def resize(self, width: int, height: int, ratio: float = 1) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def cut(self, offline: bool) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def sees(self, number: int, count: int) -> None:
        """The pair is in sight, and asked for."""
        ready = "return !document.querySelector('#rate').hidden && document.activeElement.type === 'range'"
        images = "document.querySelectorAll('#pair img').length === 2"
        number_of = "document.querySelector('#progress').textContent"
        self.until(lambda: self.run(f"{ready} && {images} && {number_of}") == f"{number} of {count}")

    def rate(self, place: int) -> None:
        consistency, perception = TYPED[place]
        self.keys(*consistency, "\ue007", *perception, "\ue007")  # Enter

    def goes_on(self, title: str) -> None:
        self.until(lambda: self.text("message-title") == title)
        self.until(lambda: self.run("return document.activeElement.id") == "go-on")
        self.keys("\ue007")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(save_study(tmp_path_factory.mktemp("page"))) as running:
        yield running


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as one:
        yield one


def link(web: Served, viewer: str) -> str:
    return f"http://127.0.0.1:{web.port}/{web.client(viewer).token}/"


def test_a_sitting_by_keyboard(web: Served, driver: Any) -> None:
    viewer, database = Viewer(driver), web.study.folder / "votes.sqlite"
    viewer.resize(1280, 720)
    driver.get(link(web, "v01"))
    viewer.press("agree")
    viewer.press("begin")
    for place in range(2):
        viewer.sees(place + 1, 2)
        assert viewer.run(FITS) == [True, True]
        viewer.rate(place)
    viewer.goes_on("The training is over")
    _first_session(viewer)
    viewer.goes_on("Session 1 of 3 is done")
    viewer.until(lambda: len(read_ballots(database)) == 6)
    _second_session_with_the_network_away(viewer, database)
    # Another machine, which has nothing of this one's memory.
    viewer.run("localStorage.clear()")
    driver.refresh()
    viewer.goes_on("Welcome back")
    for place in range(10, 14):
        viewer.sees(place - 9, 4)
        viewer.rate(place)
        if place == 12:
            viewer.goes_on("A short rest")
    viewer.until(lambda: viewer.text("message-text") == "All your scores are saved. You can close this window.")
    kept = read_scores(database)
    names = [showing.picture for showing in web.study.playlists["v01"]]
    assert kept == {("v01", names[place], dimension): score for (place, dimension), score in EXPECTED.items()}
    assert [one.offensive for one in read_ballots(database)] == [False] * 4 + [True] + [False] * 9
    assert {(one.display.window_width, one.display.shown) for one in read_ballots(database)} == {(1280.0, 1.0)}
    assert [message for message in errors(driver) if "ERR_INTERNET_DISCONNECTED" not in message] == []


def _first_session(viewer: Viewer) -> None:
    """A score is wrong at first and corrected, a picture offends, there is a rest after three, and a pause."""
    viewer.sees(1, 4)
    viewer.keys("1", "\ue007", "1", "\ue007")
    viewer.sees(2, 4)
    viewer.keys("\ue003")  # Backspace
    viewer.sees(1, 4)
    viewer.rate(2)
    viewer.sees(2, 4)
    viewer.keys("\ue00c")  # Escape
    viewer.goes_on("Paused")
    viewer.sees(2, 4)
    viewer.rate(3)
    viewer.sees(3, 4)
    viewer.keys("o")
    viewer.rate(4)
    viewer.goes_on("A short rest")
    viewer.sees(4, 4)
    viewer.rate(5)


def _second_session_with_the_network_away(viewer: Viewer, database: Path) -> None:
    """What was fetched before is rated all the same; votes wait, over a closed page too, and arrive."""
    viewer.sees(1, 4)
    fetched = "return performance.getEntriesByName(location.href + 'picture/9/reference').length"
    viewer.until(lambda: viewer.run(fetched))
    viewer.cut(True)
    for place in (6, 7):
        viewer.rate(place)
        viewer.sees(place - 4, 4)
    viewer.until(lambda: viewer.text("saved") == "2 vote(s) wait for the network, kept on this machine")
    assert len(read_ballots(database)) == 6
    page = viewer.driver.current_url
    viewer.driver.get("about:blank")
    viewer.cut(False)
    viewer.driver.get(page)
    viewer.goes_on("Welcome back")
    viewer.until(lambda: len(read_ballots(database)) == 8)
    viewer.sees(3, 4)
    viewer.rate(8)
    viewer.goes_on("A short rest")
    viewer.sees(4, 4)
    viewer.rate(9)
    viewer.until(lambda: viewer.text("message-title") == "Session 2 of 3 is done")
    viewer.until(lambda: len(read_ballots(database)) == 10)


def test_pictures_stand_at_their_own_pixels_or_the_page_says_so(web: Served, driver: Any) -> None:
    viewer = Viewer(driver)
    viewer.resize(1024, 768)
    web.client("v02").agree()
    driver.get(link(web, "v02"))
    viewer.press("begin")
    viewer.sees(1, 2)
    sizes = "return [...document.querySelectorAll('#pair img')].map((one) => one.getBoundingClientRect().width * "
    natural = "devicePixelRatio / one.naturalWidth)"
    for width, ratio in ((1024, 1), (1023, 1.25), (1022, 2)):
        viewer.resize(width, 768, ratio)
        viewer.until(lambda: viewer.run(sizes + natural) == pytest.approx([1, 1], abs=0.02))
        assert viewer.text("notice") == ""
        assert viewer.run(FITS) == [True, True]
    viewer.resize(1000, 220)
    viewer.until(lambda: viewer.text("notice").startswith("Shown at "))
    assert max(viewer.run(sizes + natural)) < 1


def test_a_scale_has_no_score_until_it_is_given_one_and_says_it_aloud(web: Served, driver: Any) -> None:
    viewer = Viewer(driver)
    viewer.resize(1280, 720)
    web.client("v03").agree()
    driver.get(link(web, "v03"))
    viewer.press("begin")
    viewer.sees(1, 2)
    said = "return document.getElementById('consistency-range').getAttribute('aria-valuetext')"
    assert viewer.run(said) == "not rated"
    assert driver.switch_to.active_element.accessible_name == "Consistency does the left show the same as the right?"
    viewer.keys("\ue007", "\ue007", "\ue007")
    assert not driver.find_element("id", "next").is_enabled()
    viewer.keys("5", "7")  # no score is above 5, so that the 7 is none at all
    assert viewer.run(said) == "5.0"
    driver.find_element("id", "consistency-range").click()  # its very middle
    assert viewer.run(said) == "2.5"
    viewer.keys("\ue012", "\ue012")  # arrow left
    assert viewer.run(said) == "2.3"
    viewer.keys("\ue007", "4", "2")
    driver.find_element("id", "next").click()
    viewer.sees(2, 2)
    assert viewer.run(said) == "not rated"
    viewer.until(lambda: web.client("v03").state["done"] == 1)
    assert web.client("v03").state["last"]["scores"] == {"consistency": 2.3, "perception": 4.2}


def test_the_page_speaks_chinese(web: Served, driver: Any) -> None:
    viewer = Viewer(driver)
    driver.get(link(web, "v02"))
    viewer.until(lambda: viewer.run("return document.querySelectorAll('#languages button').length") == 2)
    driver.find_element("css selector", "#languages [lang=zh]").click()
    assert viewer.run("return document.documentElement.lang") == "zh"
    assert viewer.text("begin") == "开始练习"
    viewer.run("localStorage.clear()")


def test_a_wrong_link_says_so(web: Served, driver: Any) -> None:
    driver.get(f"http://127.0.0.1:{web.port}/v01-{'0' * 32}/")
    assert "no such link" in driver.page_source
