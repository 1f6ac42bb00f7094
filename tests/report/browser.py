"""Headless Chromium for the tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"),
    *(
        "--force-prefers-reduced-motion",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ),
)


def chromium() -> str | None:
    """The browser of the machine, or None."""
    return shutil.which("chromium") if shutil.which("chromedriver") else None


@contextmanager
def browser(*flags: str) -> Iterator[Any]:
    """A selenium driver that keeps the console's messages."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium() or ""
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


def errors(driver: Any) -> list[str]:
    """What the console has said since the last call."""
    return [entry["message"] for entry in driver.get_log("browser")]


def open_page(driver: Any, page: Path) -> None:
    """Load a file from disk, whole: the driver may come back from a second visit while the page is still read."""
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get("about:blank")
    driver.get(page.resolve().as_uri())
    whole = "return location.protocol === 'file:' && document.readyState === 'complete'"
    WebDriverWait(driver, 60).until(lambda one: one.execute_script(whole))
