"""What the safety checker flags, as a reader of the report has it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cmc.cli.report import main
from cmc.core.digests import FileDigests
from cmc.core.images import load_rgb, save_png
from cmc.core.workspace import Workspace
from cmc.report.gallery import find_pictures
from cmc.report.safety_counts import read_verdicts
from cmc.scores.score_file import read_scores
from tests.flagged import save_verdicts
from tests.report.browser import browser, chromium, errors, open_page
from tests.scored import workspace

NAMES = ["NSI_pgc_000.png", "SCI_game_001.png"]
ENTER, SPACE = "\ue007", " "


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with a flagged picture of the first image in one mode; the second's ground truth is flagged."""
    root = workspace(tmp_path_factory.mktemp("safety"), {"sharp": 0.4}, NAMES, 64)
    save_verdicts(root / "GT", NAMES, {NAMES[1]})
    save_verdicts(root / "Result/sharp/full", NAMES, {NAMES[0]})
    assert main(["--root", str(root), "--thumbnail", "64", "--allow_partial"]) == 0
    return root


def test_counts_are_of_pictures_as_they_are(root: Path) -> None:
    space = Workspace(root)
    paths = find_pictures(space, space.result, [read_scores(root / "Result/sharp/scores.csv")])
    picture = root / "Result/sharp/full" / NAMES[0]
    before = picture.read_bytes()
    counts = read_verdicts(paths, FileDigests(root / "none.sqlite")).counts
    assert [(one.folder, one.screened, one.flagged, one.share) for one in counts] == [
        ("ground truth", 2, 1, "50.0 %"),
        ("sharp, full", 2, 1, "50.0 %"),
    ]
    try:
        save_png(picture, load_rgb(picture).rotate(180))
        changed = read_verdicts(paths, FileDigests(root / "none.sqlite"))
        assert [(one.screened, one.flagged) for one in changed.counts] == [(2, 1), (1, 0)]
        assert picture in changed.flagged
    finally:
        picture.write_bytes(before)


@pytest.fixture(scope="module")
def shared() -> Iterator[Any]:
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    with browser() as driver:
        yield driver


@pytest.fixture
def driver(shared: Any, root: Path) -> Iterator[Any]:
    open_page(shared, root / "report.html")
    yield shared
    assert errors(shared) == []


def blurred(driver: Any, selector: str) -> list[bool]:
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => getComputedStyle(one).filter)"
    return ["blur" in text for text in driver.execute_script(script, selector)]


def entry(place: int) -> str:
    return f".entry:nth-child({place})"


def test_what_is_flagged_and_what_shows_it_is_blurred(driver: Any) -> None:
    # Ground truth, two references, four modes.
    assert blurred(driver, f"{entry(1)} .shot img") == [False] * 3 + [True] + [False] * 3
    assert blurred(driver, f"{entry(2)} .shot img") == [True] * 3 + [False] * 4
    rows = [row.text for row in driver.find_elements("css selector", "#safety tbody tr")]
    assert rows == ["ground truth 2 of 2 1 50.0 %", "sharp, full 2 of 2 1 50.0 %"]


@pytest.mark.parametrize("key", ["", ENTER, SPACE])
def test_a_click_or_a_key_shows_one_and_the_next_compares(driver: Any, key: str) -> None:
    button = driver.find_element("css selector", f"{entry(1)} button.shot:has(.flagged)")
    press = partial(button.send_keys, key) if key else button.click
    assert button.get_attribute("aria-label").startswith("Show NSI_pgc_000.png, full, which is flagged.")
    press()
    assert blurred(driver, f"{entry(1)} .shot img") == [False] * 7
    assert blurred(driver, f"{entry(2)} .shot img") == [True] * 3 + [False] * 4
    assert not driver.find_element("id", "compare").is_displayed()
    assert button.get_attribute("aria-label").startswith("Compare ")
    press()
    assert driver.find_element("id", "compare").is_displayed()
    assert blurred(driver, "#stage img, #stage canvas") == [False] * 3


def test_comparing_with_what_is_flagged_shows_nothing_of_it(driver: Any) -> None:
    driver.find_element("css selector", f"{entry(1)} .shot:last-child").click()
    assert not driver.find_element("id", "reveal").is_displayed()
    driver.find_element("css selector", "#shots button:nth-child(3)").click()
    assert blurred(driver, "#stage img, #stage canvas") == [True] * 3
    driver.find_element("id", "reveal").send_keys(ENTER)
    assert blurred(driver, "#stage img, #stage canvas") == [False] * 3
    assert not driver.find_element("id", "reveal").is_displayed()
    assert blurred(driver, f"{entry(1)} .shot img") == [False] * 7
    driver.find_element("id", "next").click()
    assert blurred(driver, "#stage img, #stage canvas") == [True] * 3


def test_without_scripts_nothing_flagged_is_shown(root: Path) -> None:
    page = (root / "report.html").read_text(encoding="utf-8")
    before_data = page.partition('<script type="application/json" id="data">')[0]
    assert "data:image/webp" in page
    assert "data:image" not in before_data
