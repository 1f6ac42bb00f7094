"""How large the report of the benchmark's 1,000 images is, and how long it takes to write and to open.

    python -m benchmarks.report [--images 1000] [--side 1024] [--results 1]

Photographs of scikit-image stand for the benchmark's; `--distinct` different ones are made, the rest are links to
them under other names, which read, decode and weigh the same. Opening is measured in headless Chromium, from disk,
until every script has run and the first gallery entries are there.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.processes import cost, run_python
from cmc.core.modes import MODES
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate import Score
from tests.report.browser import browser, errors, open_page
from tests.scored import benchmark_names, save_scores, workspace

LOADED = "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd"
HEAP = "return performance.memory.usedJSHeapSize"


def prepare(root: Path, images: int, side: int, results: int, distinct: int) -> None:
    """A workspace of `images` pictures in each folder, `distinct` of them different."""
    names = benchmark_names({"NSI": images * 4 // 10, "SCI": images * 3 // 10, "AIGI": images * 3 // 10})
    targets = {f"result-{index}": 0.5 + index for index in range(results)}
    caption = "A woman in a conical hat, seated on a wooden boat, with another person rowing on water ({}).".format
    workspace(root, targets, names[:distinct], side, caption)
    folders = [root / "GT", root / "Ref/image", root / "Ref/pixel"]
    folders += [root / "Result" / target / mode for target in targets for mode in MODES]
    for index, name in enumerate(names[distinct:]):
        for folder in folders:
            os.link(folder / names[index % distinct], folder / name)
    for target in targets:
        save_scores(root, repeated_scores(root, target, names, distinct))


def repeated_scores(root: Path, target: str, names: Sequence[str], distinct: int) -> list[Score]:
    """Scores of all `names`, those of the `distinct` first over and over."""
    first = read_scores(root / "Result" / target / "scores.csv").scores
    return [
        Score(name, target, mode, first[(index % distinct) * len(MODES) + place].values)
        for index, name in enumerate(names)
        for place, mode in enumerate(MODES)
    ]


@dataclass(frozen=True)
class Opening:
    """Seconds from navigation to the end of the load event each time, bytes of the script's heap, console errors."""

    seconds: list[float]
    heap: int
    console: list[str]


def open_report(page: Path, times: int = 5) -> Opening:
    """Open a page again and again in one browser. Raises ValueError where its gallery is empty."""
    seconds = []
    with browser("--enable-precise-memory-info") as driver:
        for _ in range(times):
            open_page(driver, page)
            while not (loaded := driver.execute_script(LOADED)):
                time.sleep(0.05)
            seconds.append(loaded / 1000)
            if not driver.find_elements("css selector", ".entry"):
                raise ValueError(f"{page}: the gallery is empty")
        return Opening(seconds, driver.execute_script(HEAP), errors(driver))


def build_parser() -> argparse.ArgumentParser:
    """Flags of the benchmark."""
    parser = argparse.ArgumentParser(description="Time the report.")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--side", type=int, default=1024, help="longest side of the pictures")
    parser.add_argument("--results", type=int, default=1)
    parser.add_argument("--distinct", type=int, default=40)
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        prepare(root, args.images, args.side, args.results, args.distinct)
        writing = cost(lambda: run_python(["-m", "cmc", "report", "--root", folder])).wall
        opening = open_report(root / "report.html")
        size = (root / "report.html").stat().st_size
    pictures = args.images * (3 + 4 * args.results)
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}; {args.images} images, {pictures} pictures")
    print(f"written in {writing:.0f} s ({pictures / writing:.0f} pictures/s), {size / 1e6:.1f} MB")
    seconds = opening.seconds
    print(f"opened in {median(seconds):.2f} s (median of {len(seconds)}; {min(seconds):.2f} to {max(seconds):.2f})")
    print(f"script heap {opening.heap / 1e6:.0f} MB")
    print(f"console errors: {opening.console or 'none'}")


if __name__ == "__main__":
    main()
