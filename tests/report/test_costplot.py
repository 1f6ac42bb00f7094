"""Quality over cost: the figure, and how it, the cost table and merged seeds stand on the page."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmc.cli.report import main
from cmc.core.cost import Cost
from cmc.leaderboard.rows import Row, as_encoder, published_rows, user_rows
from cmc.report.costplot import CostPoint, cost_points, quality_over_cost
from cmc.scores.costs import CodingSeconds, PictureCost, TargetCosts
from cmc.scores.score_file import ScoreFile
from tests.report.browser import browser, chromium, errors, open_page
from tests.scored import SETTINGS, add_costs, benchmark_names, cost, drawn, save_codec, save_seeds

NAMES = benchmark_names({"NSI": 5, "SCI": 4, "AIGI": 3})
FOUR = ("full", "image", "pixel", "text")


def _point(
    name: str, overall: float, seconds: float, modes: tuple[str, ...], dollars: float | None = None
) -> CostPoint:
    return CostPoint(name, modes, overall, (overall - 0.1, overall + 0.2), PictureCost(seconds, dollars, None))


POINTS = [
    _point("good", 2.5, 2.0, FOUR, 0.001),
    _point("quick", 2.3, 0.5, FOUR, 0.0002),
    _point("neither", 2.2, 1.0, FOUR),
    _point("vvc-qp53", 2.9, 0.01, ("image",)),
]


def _row(name: str, modes: tuple[str, ...], costs: TargetCosts) -> Row:
    (row,) = user_rows([ScoreFile(name, drawn(name, NAMES, dict.fromkeys(modes, (2.0, 3.5))), SETTINGS)], {})
    return replace(row, costs=costs)


def test_points_are_the_results_whose_decodings_cost_is_known() -> None:
    spent = Cost(**cost(10, 5.0))  # type: ignore[arg-type]
    known = _row("known", FOUR, TargetCosts(decoding=dict.fromkeys(FOUR, spent)))
    part = _row("part", FOUR, TargetCosts(decoding={"full": spent}))
    codec = _row("codec", ("image",), TargetCosts(coding=CodingSeconds(12, 2.5, 0.04)))
    old = _row("old", FOUR, TargetCosts())
    points = cost_points([*published_rows(), known, as_encoder(known), part, codec, old])
    assert [(point.name, point.modes, point.cost.seconds) for point in points] == [
        ("known", FOUR, 0.5),
        ("codec", ("image",), 0.04),
    ]
    assert points[0].overall == pytest.approx(2.5)
    assert points[0].bounds[0] < 2.5 < points[0].bounds[1]


def test_the_figure_rings_the_front_of_each_set_of_modes() -> None:
    seconds, dollars = quality_over_cost(POINTS).axes
    assert seconds.get_xscale() == dollars.get_xscale() == "log"
    front = next(line for line in seconds.lines if line.get_label() == "Pareto front")
    # A codec has another mode alone, so it puts nobody off the front.
    assert list(zip(*front.get_data())) == [(2.0, 2.5), (0.5, 2.3), (0.01, 2.9)]
    assert len(seconds.containers) == 4
    assert [float(bar.lines[0].get_xdata()[0]) for bar in dollars.containers] == pytest.approx([1.0, 0.2])
    low, high = seconds.containers[0][2][0].get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((2.4, 2.7))


def test_without_any_price_there_is_one_panel() -> None:
    (axes,) = quality_over_cost(POINTS[2:]).axes
    assert axes.get_xlabel() == "seconds a picture, decoding"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder of two seeds with costs, one without, and a codec."""
    root = tmp_path_factory.mktemp("costly")
    for name, seeds in (("old", (42,)), ("costly", (42, 1))):
        save_seeds(root, name, seeds, NAMES, 0.0, 0.3)
    for target in ("costly", "costly-seed1"):
        add_costs(root / "Result" / target, 0.5, energy_j=600.0)
    (root / "Result" / "costly" / "scores.run.json").write_text(json.dumps({"cost": cost(40, 8.0)}))
    save_codec(root, "vvc-qp53", NAMES, 2.0, (2.5, 0.04))
    assert main(["--root", str(root), "--dollars_per_hour", "7.2"]) == 0
    return root


@pytest.fixture(scope="module")
def driver(root: Path) -> Iterator[Any]:
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    with browser() as shared:
        open_page(shared, root / "report.html")
        yield shared
        assert errors(shared) == []


def _texts(driver: Any, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements("css selector", selector)]


def test_seeds_are_one_row_with_flip_and_cost(driver: Any) -> None:
    table = ".board[data-board]:not([hidden])"
    header = _texts(driver, f"{table} thead th")
    assert header[-4:] == ["Flip", "bpp", "Cost", "Lost"]
    own = driver.find_elements("css selector", f"{table} tr.mine")
    cells = [_texts(row, "th, td") for row in own]
    assert sorted(row[1].partition("\n")[0] for row in cells) == ["costly (2 seeds)", "old"]
    costs = {row[1].split()[0]: row[header.index("Cost")] for row in cells}
    # 37 seconds of a worker for 10 pictures at 7.20 dollars an hour: 0.074 dollars.
    assert costs == {"costly": "0.5 s\n$7.4/1,000\n60 J", "old": ""}


def test_the_cost_table_leaves_empty_what_is_not_known(driver: Any) -> None:
    rows = [_texts(row, "th, td") for row in driver.find_elements("css selector", "#cost tbody tr")]
    stages = [(row[0], row[1]) for row in rows]
    assert stages == [
        *(("costly (2 seeds)", f"decoding {mode}") for mode in FOUR),
        ("vvc-qp53", "encoding"),
        ("vvc-qp53", "decoding"),
    ]
    # Of one seed alone the scoring's cost is known, so of both it is not.
    assert rows[-1][2:] == ["", "", "12", "", "", "", "0.04", "", "", "", "", ""]
    assert "Cost" in _texts(driver, "header nav a")


def test_the_figure_stands_on_the_page_in_both_lights_and_on_a_phone(driver: Any) -> None:
    captions = _texts(driver, "figure.bars figcaption, figure.scores figcaption")
    assert [text.partition(":")[0] for text in captions] == ["costly (2 seeds)", "costly-seed1", "costly", "old", "old"]
    assert "Quality over what a picture's decoding costs" in _texts(driver, "figure.cost figcaption")[0]
    ink = "return getComputedStyle(document.querySelector('figure.cost svg text')).fill"
    light = driver.execute_script(ink)
    driver.find_element("id", "theme").click()
    assert (light, driver.execute_script(ink)) == ("rgb(27, 32, 41)", "rgb(231, 234, 240)")
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390


def test_another_ranking_hides_no_result_that_is_on_none(driver: Any) -> None:
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", "board")).select_by_value("elb")
    assert driver.find_element("css selector", ".compact").is_displayed()
