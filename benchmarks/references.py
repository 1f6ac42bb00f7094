"""How fast `python -m cmc reference` makes VVC references, against calling ffmpeg image by image.

python -m benchmarks.references [--images 16]
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg

from benchmarks.processes import Cost, cost, run_python
from cmc.core.images import save_png
from cmc.core.workspace import Workspace, list_images
from cmc.stages.make_references import QP
from tests.conftest import photo

PHOTOS = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")
SIDE = 1024
SHELL_LOOP = "ffmpeg, image by image"
# 8-bit RGB to full-range BT.709 with exact rounding, as the toolkit converts.
CONVERSION = "scale=out_color_matrix=bt709:out_range=full:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


def fill(space: Workspace, count: int) -> None:
    """Other crops of photographs, at 1024x1024."""
    for number in range(count):
        image = photo(PHOTOS[number % len(PHOTOS)])
        left = number % 32
        save_png(space.gt / f"{number:04}.png", image.resize((SIDE, SIDE), box=(left, left, *image.size)))


def by_shell_loop(space: Workspace, folder: Path) -> None:
    """ffmpeg from PNG to stream and from stream to PNG, with the threads that it likes."""
    folder.mkdir()
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i"]
    encoder = ["-c:v", "libvvenc", "-preset", "slower", "-g", "1", "-qp", str(QP), "-qpa", "0", "-frames:v", "1"]
    encoder += ["-vvenc-params", "IntraQPOffset=0:Range=full"]
    for key, path in list_images(space.gt).items():
        stream = folder / f"{key}.266"
        to_stream = [*ffmpeg, str(path), "-vf", CONVERSION, "-pix_fmt", "yuv420p10le", *encoder, str(stream)]
        subprocess.run(to_stream, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*ffmpeg, str(stream), str(folder / f"{key}.png")], check=True)


def by_toolkit(space: Workspace, workers: int) -> None:
    """`python -m cmc reference`."""
    folders = ["--root", str(space.root), "--ref_dir", str(space.root / f"Ref{workers}")]
    run_python(["-m", "cmc", "reference", "--kind", "image", *folders, "--workers", str(workers)])


def measure(root: Path, count: int, cores: int) -> dict[str, Cost]:
    """What every way costs."""
    space = Workspace(root)
    fill(space, count)
    return {
        SHELL_LOOP: cost(lambda: by_shell_loop(space, root / "serial")),
        "toolkit, 1 worker": cost(lambda: by_toolkit(space, 1)),
        f"toolkit, {cores} workers": cost(lambda: by_toolkit(space, cores)),
    }


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=16)
    count = parser.parse_args().images
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as root:
        costs = measure(Path(root), count, cores)
    print("## References (`python -m benchmarks.references`)\n")
    print(f"VVC QP {QP} of {count} images of {SIDE}x{SIDE}, stream and picture, the start of each process among it;")
    print(f"{cores} cores, load before: {load:.1f}\n")
    print("| way | images/s | cores busy | times as fast as ffmpeg |\n|---|---|---|---|")
    for name, way in costs.items():
        ratio = costs[SHELL_LOOP].wall / way.wall
        print(f"| {name} | {count / way.wall:.2f} | {way.processor / way.wall:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
