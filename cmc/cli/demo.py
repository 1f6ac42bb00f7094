"""`cmc demo`: drawn scenes, or photographs, through all three steps with the tiny models that a clone holds."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common, demo_codecs, demo_misc, demo_rate, demo_rate_end
from cmc.cli.demo_steps import run_all
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.images import load_rgb, save_png
from cmc.core.lock import one_writer
from cmc.scenes.tiny_models import TINY, decoder_flags, encoder_flags, study_plan

COUNT = 18
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
  The models are tiny (README.md beside them) and know nothing but scenes like these, which they never saw.
  Their scores are demo scores, not on the benchmark's scale.
""",
    True: """
  The models are tiny and know nothing but drawn scenes: of photographs their captions are WRONG and their pictures
  dreams. Real are the photographs, the references, their bytes, and the pictures of the `reference` decoder.
""",
}


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("demo", "All three steps, offline, on a CPU, in minutes.")
    parser.set_defaults(root=Path(".demo"))
    about = f"how many scenes (default: {COUNT}, with --codecs {demo_codecs.COUNT})"
    parser.add_argument("--count", type=arguments.positive, help=about)
    parser.add_argument("--photos", action="store_true", help="scikit-image's photographs instead of drawn scenes")
    parser.add_argument("--study", action="store_true", help="a small study of several settings instead of one")
    parser.add_argument("--misc", action="store_true", help="MISC: items, maps and a start instead of one caption")
    parser.add_argument("--rate", action="store_true", help="a rating study too, with simulated viewers")
    parser.add_argument("--codecs", action="store_true", help="VVC, DiffC and CMC at equal rate, by one model")
    parser.add_argument("--models", type=Path, metavar="DIR", help="the tiny models (default: the clone's)")
    return parser


def commands(photos: bool, count: int, models: Path) -> list[list[str]]:
    """The three steps as a user would type them after `cmc`, without `--root`."""
    # SSIM beside the demo metrics: it has learned nothing.
    metrics = ["--metrics", "benchmark", "ssim", "--model_weight", str(models / "Weight")]
    scenes = [] if photos else [["scenes", "--count", str(count)]]
    return [
        *scenes,
        ["reference"],
        ["i2t", *encoder_flags(models)],
        ["t2i", "--mode", "all", "--input_path", "tiny", *decoder_flags(models)],
        ["t2i", "--mode", "all", "--model_name", "reference"],
        ["evaluate", "--target", "tiny", "reference", *metrics],
        ["report"],
    ]


def study_commands(photos: bool, count: int, plan: Path) -> list[list[str]]:
    """A study instead, its plan in a file."""
    scenes = [] if photos else [["scenes", "--count", str(count)]]
    return [*scenes, ["study", str(plan), "--dry_run"], ["study", str(plan)], ["report"]]


def run(args: argparse.Namespace) -> int:
    """Run every command, saying it first; stop at the first that fails."""
    if args.misc + args.codecs + args.rate + (args.photos or args.study) > 1:
        raise CMCError("--misc, --codecs and --rate draw scenes, each for a demo of its own; give one, and no other")
    args.count = args.count or (demo_codecs.COUNT if args.codecs else COUNT)
    models = _models(args.models or TINY)
    start = time.monotonic()
    try:
        args.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CMCError(f"--root {args.root} cannot be made ({error.strerror}); name another") from error
    with one_writer(args.root, "name another --root"):
        return _demo(args, models, start)


def _demo(args: argparse.Namespace, models: Path, start: float) -> int:
    print(demo_codecs.ABOUT if args.codecs else ABOUT[args.photos])
    if args.photos:
        _photographs(args.root / "GT")
    code = _run(args, models)
    if code:
        return code
    if args.rate:
        demo_rate_end.end(args.root, time.monotonic() - start)
    elif args.misc:
        _say_misc(args, time.monotonic() - start)
    elif args.codecs:
        print(demo_codecs.ending(args.root, time.monotonic() - start))
    elif args.study:
        print(f"\n  Done in {time.monotonic() - start:.0f} s; to look at: {args.root}/report.html")
    else:
        _end(args, time.monotonic() - start)
    return common.OK


def _run(args: argparse.Namespace, models: Path) -> int:
    if args.rate:
        return demo_rate.run(args.root, args.count, models)
    return run_all([*command, "--root", str(args.root)] for command in _commands(args, models))


def _commands(args: argparse.Namespace, models: Path) -> list[list[str]]:
    if args.misc:
        return demo_misc.commands(args.count, models, args.root)
    if args.codecs:
        return demo_codecs.commands(args.count, models)
    if not args.study:
        return commands(args.photos, args.count, models)
    plan = args.root / "study.toml"
    write_atomic(plan, study_plan(models).encode())
    return study_commands(args.photos, args.count, plan)


def _say_misc(args: argparse.Namespace, seconds: float) -> None:
    root, (count, objects, settings) = args.root, demo_misc.agreement(args.root, args.count)
    print(f"""{ABOUT[False]}
  Maps beside where the renderer drew the items, in {count} of {args.count} scenes: mean IoU of objects {objects:.2f},
  of settings {settings:.2f}, of both {(objects + settings) / 2:.2f}.

  Done in {seconds:.0f} s.

  streams     {root}/Stream/misc (bits by part in manifest.csv)
  pictures    {root}/Result/misc, and without items {root}/Result/misc-no-items
  to look at  {root}/report.html, with the maps over the scenes
""")


def _models(folder: Path) -> Path:
    """The folder, as short as it can be named from here. Raises CMCError where it does not hold the tiny models."""
    if not (folder / "captioner").is_dir():
        raise CMCError(
            f"no tiny models in {folder}; they are in a clone of the repository, not in the installed package: "
            "run the demo in a clone, or name the clone's folder with --models .../models/tiny"
        )
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _photographs(folder: Path) -> None:
    try:
        import skimage
    except ImportError as error:
        raise CMCError("--photos needs scikit-image: pip install scikit-image") from error
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

    python -m cmc t2i --root {root} --input_path tiny --model_name sd15 --limit 3
""")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
