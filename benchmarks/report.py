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
from pathlib import Path
from statistics import median

from cmc.cli.report import main as report
from cmc.core.modes import MODES
from cmc.scores.score_file import read_scores
from cmc.stages.evaluate import Score
from tests.report.browser import browser, errors, open_page
from tests.scored import benchmark_names, save_scores, workspace


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
        known = read_scores(root / "Result" / target / "scores.csv").scores
        scores = [
            Score(name, target, mode, known[(index % distinct) * len(MODES) + place].values)
            for index, name in enumerate(names)
            for place, mode in enumerate(MODES)
        ]
        save_scores(root, scores)


def opening(page: Path, times: int = 5) -> tuple[list[float], int, list[str]]:
    """Seconds from navigation to the end of the load event, bytes of the script's heap, and console errors."""
    spent = []
    with browser("--enable-precise-memory-info") as driver:
        for _ in range(times):
            open_page(driver, page)
            timing = "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd"
            while not (loaded := driver.execute_script(timing)):
                time.sleep(0.05)
            spent.append(loaded / 1000)
            assert driver.find_elements("css selector", ".entry"), "the gallery is empty"
        return spent, driver.execute_script("return performance.memory.usedJSHeapSize"), errors(driver)


def main() -> None:
    """Measure and print."""
    made = argparse.ArgumentParser(description="Time the report.")
    made.add_argument("--images", type=int, default=1000)
    made.add_argument("--side", type=int, default=1024, help="longest side of the pictures")
    made.add_argument("--results", type=int, default=1)
    made.add_argument("--distinct", type=int, default=40)
    args = made.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        prepare(root, args.images, args.side, args.results, args.distinct)
        start = time.perf_counter()
        assert report(["--root", str(root)]) == 0
        written = time.perf_counter() - start
        spent, heap, console = opening(root / "report.html")
        size = (root / "report.html").stat().st_size
    pictures = args.images * (3 + 4 * args.results)
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}; {args.images} images, {pictures} pictures")
    print(f"written in {written:.0f} s ({pictures / written:.0f} pictures/s), {size / 1e6:.1f} MB")
    print(f"opened in {median(spent):.2f} s (median of {len(spent)}; {min(spent):.2f} to {max(spent):.2f})")
    print(f"script heap {heap / 1e6:.0f} MB")
    print(f"console errors: {console or 'none'}")


if __name__ == "__main__":
    main()
