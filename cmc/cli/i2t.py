"""Step 1, `script-i2t.py`: images to captions."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.encoders import encoder_settings, load
from cmc.cli.i2t_flags import build_parser
from cmc.cli.program import program
from cmc.core.errors import some
from cmc.core.ground_truth import chosen_images
from cmc.core.lock import one_writer
from cmc.core.names import composed
from cmc.core.origin import UNKNOWN
from cmc.core.workspace import Workspace, checked_name
from cmc.i2t.layouts import LAYOUTS
from cmc.registry import I2T
from cmc.stages.caption_images import REMEDY, CaptionTable
from cmc.stages.caption_settings import DEFAULT_ENCODER, CaptionSettings
from cmc.stages.engine.base import Engine
from cmc.stages.finished import has_all_captions


def run(args: argparse.Namespace) -> int:
    """Caption what the table lacks."""
    space = common.workspace(args)
    entry = I2T.find(checked_name(args.model_name or DEFAULT_ENCODER), args.model_dir, DEFAULT_ENCODER)
    with engines.opened(args, entry) as engine:
        layout, own_prompt = LAYOUTS[args.layout], args.prompt.strip()
        settings = encoder_settings(args, space, entry, engine, layout, args.explen, own_prompt)
        images = chosen_images(args.ground_truth or space.gt, arguments.choice(args))
        table = CaptionTable(_output(args, space, settings.layout.table(entry.name)))
        with one_writer(table.path.parent, REMEDY.replace("or", "use", 1), table.path.name):
            return _caption(args, space, settings, images, table, engine)


def _caption(
    args: argparse.Namespace,
    space: Workspace,
    settings: CaptionSettings,
    images: Mapping[str, Path],
    table: CaptionTable,
    engine: Engine,
) -> int:
    table.check({"settings": settings.record()}, args.overwrite)
    names, digests = [composed(path.name) for path in images.values()], freshness.digests(space, images.values())
    table.read(images, digests, args.overwrite)
    _say_making(table, names)
    if has_all_captions(table, settings.record(), names):
        print(f"nothing to do, so {settings.entry.name} is not loaded")
        return _report(table, names, args.root)
    crew = load(args, settings, engine)
    # Once it is sure that the captions there, if any, are of the same making.
    table.claim({"settings": settings.record(), "loaded": crew.about.loaded}, args.overwrite)
    table.read(images, digests, args.overwrite)
    batches = table.fill(images, crew, args.batch_size or crew.about.batch_size)
    with common.bar(len(images), table.path.stem, done=len(table.done(names))) as bar, common.words_above_bar():
        for batch in batches:
            bar.update(len(batch))
    return _report(table, names, args.root)


def _say_making(table: CaptionTable, names: Sequence[str]) -> None:
    freshness.say_stale("captions", table.stale.values(), len(names))
    unknown = [] if table.stale else table.unknown(names)
    if unknown:
        print(f"{len(unknown)} captions are {UNKNOWN} (written or changed by hand?) and are kept: {some(unknown, 3)}")


def _output(args: argparse.Namespace, space: Workspace, name: str) -> Path:
    path: Path = args.output_path or space.text
    return path if path.suffix == ".csv" else path / name


def _report(table: CaptionTable, names: Sequence[str], root: Path) -> int:
    captions, total = {name: table.captions[name] for name in names if name in table.captions}, len(names)
    words = sum(len(text.split()) for text in captions.values()) / max(1, len(captions))
    print(f"{table.path}: {len(captions)} of {total} captions, {words:.1f} words on average")
    for remark in sorted(set(table.remarks.values())):
        remarked = [name for name, said in table.remarks.items() if said == remark]
        print(f"  {len(remarked)} with {remark}: {some(remarked, 3)}")
    if table.failed:
        common.print_failures(table.failed, f"{table.path.stem}.failed.csv")
        print("  the same command tries them again")
        return common.INCOMPLETE
    print(f"  next: {_next_step(root, table.path)}")
    return common.OK


def _next_step(root: Path, captions: Path) -> str:
    """Step 2 as it can be typed after this one."""
    called = "python script-t2i.py" if program("i2t").startswith("script") else program("t2i")
    flags = ["--input_path", str(captions)]
    return f"{called} {shlex.join(flags if root == Path() else ['--root', str(root), *flags])}"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
