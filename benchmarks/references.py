"""How fast `python -m cmc reference` makes VVC references, against calling ffmpeg image by image.

python -m benchmarks.references [IMAGES]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import imageio_ffmpeg

from cmc.cli import reference
from cmc.codecs.ffmpeg import _TO_YUV
from cmc.core.images import save_png
from cmc.core.workspace import Workspace, list_images
from tests.conftest import photo

PHOTOS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
QP = 53
SIDE = 1024


def fill(space: Workspace, count: int) -> None:
    """Other crops of photographs, at 1024x1024."""
    for number in range(count):
        image = photo(PHOTOS[number % len(PHOTOS)])
        left = number % 32
        save_png(space.gt / f"{number:04}.png", image.resize((SIDE, SIDE), box=(left, left, *image.size)))


def serially(space: Workspace, folder: Path) -> None:
    """What a shell loop does: ffmpeg from PNG to stream and from stream to PNG, with the threads that it likes."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i"]
    vvc = ["-vf", _TO_YUV, "-pix_fmt", "yuv420p10le", "-c:v", "libvvenc", "-preset", "medium", "-qp", str(QP)]
    for key, path in list_images(space.gt).items():
        stream = folder / f"{key}.266"
        subprocess.run([*ffmpeg, str(path), *vvc, "-qpa", "0", "-frames:v", "1", str(stream)], check=True)
        subprocess.run([*ffmpeg, str(stream), str(folder / f"{key}.png")], check=True)


def by_toolkit(space: Workspace, workers: int) -> None:
    """`python -m cmc reference` in this process."""
    arguments = ["--root", str(space.root), "--kind", "image", "--ref_dir", str(space.root / f"Ref{workers}")]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        assert reference.main([*arguments, "--workers", str(workers)]) == 0


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """(wall-clock seconds, cores kept busy by this process and those it started)."""
    began, before = time.perf_counter(), os.times()
    work()
    wall, after = time.perf_counter() - began, os.times()
    return wall, (sum(after[:4]) - sum(before[:4])) / wall


def main(count: int = 16) -> None:
    """Print the section."""
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as root:
        space = Workspace(Path(root))
        fill(space, count)
        by_ffmpeg = Path(root) / "serial"
        by_ffmpeg.mkdir()
        load = os.getloadavg()[0]
        ways = {
            "ffmpeg, image by image": seconds(lambda: serially(space, by_ffmpeg)),
            "toolkit, 1 worker": seconds(lambda: by_toolkit(space, 1)),
            f"toolkit, {cores} workers": seconds(lambda: by_toolkit(space, cores)),
        }
    print("## References (`python -m benchmarks.references`)\n")
    print(
        f"VVC QP {QP} of {count} images of {SIDE}x{SIDE}, stream and picture; {cores} cores, load before: {load:.1f}\n"
    )
    print("| way | images/s | cores busy | times as fast as ffmpeg |\n|---|---|---|---|")
    for name, (wall, busy) in ways.items():
        print(f"| {name} | {count / wall:.2f} | {busy:.2f} | {ways['ffmpeg, image by image'][0] / wall:.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
