"""`python -m cmc demo`: drawn scenes, or photographs, through all three steps with the tiny models that come along."""

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb, save_png

HOME = Path(__file__).parents[2]
TINY = Path("models") / "tiny"
# How the tiny painter paints best.
STEPS, GUIDANCE = 20, 2.0
CAPTIONER = ["--model_name", "tiny", "--model_dir", str(TINY / "captioner")]
PAINTER = ["--model_name", "tiny", "--model_dir", str(TINY / "diffusion"), "--max_side", "64"]
PAINTER += ["--steps", str(STEPS), "--guidance_scale", str(GUIDANCE)]
# What scikit-image brings along, under names as the benchmark's.
PHOTOGRAPHS = {
    "NSI_pgc_astronaut": "astronaut.png",
    "NSI_pgc_coffee": "coffee.png",
    "NSI_pgc_rocket": "rocket.jpg",
    "NSI_ugc_chelsea": "chelsea.png",
    "NSI_ugc_motorcycle": "motorcycle_left.png",
    "NSI_ugc_coins": "coins.png",
    "SCI_screen_page": "page.png",
    "SCI_screen_text": "text.png",
    "other_retina": "retina.jpg",
}
# So that a laptop's CPU scores them all within a few minutes.
LONGEST = 512
ABOUT = {
    False: """
  The models are tiny (see models/tiny/README.md) and know nothing but scenes like these, which they never saw.
  Their scores are demo scores, not on the benchmark's scale.
""",
    True: """
  The models are tiny and know nothing but drawn scenes: of photographs their captions are WRONG and their pictures
  dreams. Real are the photographs, the references, their bytes, and the pictures of the `reference` decoder.
""",
}


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = common.parser("demo", "All three steps, offline, on a CPU, in minutes.")
    parser.set_defaults(root=Path(".demo"))
    parser.add_argument("--count", type=int, default=18, help="how many scenes")
    parser.add_argument("--photos", action="store_true", help="scikit-image's photographs instead of drawn scenes")
    return parser


def commands(photos: bool, count: int) -> list[list[str]]:
    """The commands that a user would type, without `--root`."""
    # SSIM beside the demo metrics: it has learned nothing.
    metrics = ["--metrics", "benchmark", "ssim", "--model_weight", str(TINY / "Weight")]
    begin = [] if photos else [["-m", "cmc", "scenes", "--count", str(count)]]
    return [
        *begin,
        ["-m", "cmc", "reference"],
        ["script-i2t.py", *CAPTIONER],
        ["script-t2i.py", "--mode", "all", "--input_path", "tiny", *PAINTER],
        ["script-t2i.py", "--mode", "all", "--model_name", "reference"],
        ["script-evaluate.py", "--target", "tiny", "reference", *metrics],
        ["-m", "cmc", "report"],
    ]


def run(args: argparse.Namespace) -> int:
    """Run every command, saying it first; stop at the first that fails."""
    if not (HOME / TINY).is_dir():
        raise CMCError(f"no {HOME / TINY}; the demo runs in a clone of the repository, which holds its models")
    start = time.monotonic()
    try:
        args.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CMCError(f"--root {args.root} cannot be made ({error.strerror}); name another") from error
    # The commands run in the repository, whatever folder this one was typed in.
    root = args.root if Path.cwd() == HOME else args.root.resolve()
    print(ABOUT[args.photos])
    if args.photos:
        _photographs(args.root / "GT")
    for command in commands(args.photos, args.count):
        words = [*command, "--root", str(root)]
        print(f"\n$ {shlex.join(['python', *words])}", flush=True)
        code = subprocess.run([sys.executable, *words], cwd=HOME, check=False).returncode
        if code:
            return code
    _end(args, time.monotonic() - start)
    return common.OK


def _photographs(folder: Path) -> None:
    import skimage

    folder.mkdir(exist_ok=True)
    for name, source in PHOTOGRAPHS.items():
        path = folder / f"{name}.png"
        if not path.is_file():
            picture = load_rgb(Path(skimage.__file__).parent / "data" / source)
            picture.thumbnail((LONGEST, LONGEST))
            save_png(path, picture)


def _end(args: argparse.Namespace, seconds: float) -> None:
    root = args.root
    print(f"""{ABOUT[args.photos]}
  Done in {seconds:.0f} s.

  captions    {root}/Text/tiny.csv
  references  {root}/Ref/image, {root}/Ref/pixel (bytes in streams.csv)
  pictures    {root}/Result/tiny/<mode>, {root}/Result/reference/<mode>
  scores      {root}/Result/*/scores.csv, summary.csv
  to look at  {root}/report.html

  Next, a real model on three of these images (Stable Diffusion 1.5 from the hub, gigabytes; a GPU makes it quick):

    .venv/bin/python script-t2i.py --root {root} --input_path tiny --model_name sd15 --limit 3
""")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
