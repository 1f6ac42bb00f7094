"""Step 1, `script-i2t.py`: images to captions."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.i2t_flags import build_parser
from cmc.cli.program import program
from cmc.core.device import pick_dtype
from cmc.core.errors import CMCError, some
from cmc.core.facts import EncoderFacts
from cmc.core.ground_truth import chosen_images
from cmc.core.lock import one_writer
from cmc.core.names import composed
from cmc.core.origin import UNKNOWN
from cmc.core.workspace import Workspace, checked_name
from cmc.i2t.layouts import LAYOUTS
from cmc.i2t.vllm_settings import VllmSettings, installed_vllm
from cmc.registry import I2T, Entry
from cmc.stages.caption_images import REMEDY, CaptionTable
from cmc.stages.caption_settings import DEFAULT_ENCODER, HALF, CaptionSettings
from cmc.stages.encode import Encoders
from cmc.stages.engine.base import Engine
from cmc.stages.finished import has_all_captions

if TYPE_CHECKING:
    import torch


def run(args: argparse.Namespace) -> int:
    """Caption what the table lacks."""
    space = common.workspace(args)
    entry = I2T.find(checked_name(args.model_name or DEFAULT_ENCODER), args.model_dir, DEFAULT_ENCODER)
    with engines.opened(args, entry) as engine:
        settings = _settings(args, space, entry, engine)
        images = chosen_images(args.ground_truth or space.gt, arguments.choice(args))
        table = CaptionTable(_output(args, space, settings.layout.table(entry.name)))
        with one_writer(table.path.parent, REMEDY.removeprefix("or "), table.path.name):
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
    crew = _load(args, settings, table, engine)
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


def _settings(
    args: argparse.Namespace, space: Workspace, entry: Entry[EncoderFacts], engine: Engine
) -> CaptionSettings:
    """What the flags ask for. Raises CMCError for one that means nothing to the encoder."""
    options = arguments.given_options(args, I2T)
    entry.check_options(options)
    if args.batch_size is not None and entry.facts.remote:
        raise CMCError(
            f"--batch_size is not for {entry.name}, which is asked for one picture at a time; see --in_flight"
        )
    device = None if entry.facts.remote else engine.device(args.device)
    dtype = None if device is None else pick_dtype(args.dtype, device, HALF)
    checkpoint = common.checkpoint(args, space, entry.facts)
    vllm = _vllm(args, entry, device)
    return CaptionSettings(
        entry,
        checkpoint,
        args.explen,
        args.seed,
        options,
        device,
        dtype,
        own_prompt=args.prompt.strip(),
        vllm=vllm,
        layout=LAYOUTS[args.layout],
    )


def _vllm(args: argparse.Namespace, entry: Entry[EncoderFacts], device: "torch.device | None") -> VllmSettings | None:
    """Of the vLLM that is to make the captions, if one is. Raises CMCError where it cannot."""
    if args.engine != "vllm" or device is None:
        return None
    if not entry.facts.takes_vllm:
        raise CMCError(f"--engine vllm is not for {entry.name}, which it cannot load or ask; leave it out")
    return installed_vllm(device)


def _output(args: argparse.Namespace, space: Workspace, name: str) -> Path:
    path: Path = args.output_path or space.text
    return path if path.suffix == ".csv" else path / name


def _load(args: argparse.Namespace, settings: CaptionSettings, table: CaptionTable, engine: Engine) -> Encoders:
    """The encoder, once it is sure that the captions there, if any, are of the same making."""
    name, facts = settings.entry.name, settings.entry.facts
    print(f"{name}: {settings.checkpoint or 'no checkpoint'} (licence of the weights: {facts.licence})")
    crew = engine.crew(settings.loader(tuple(args.plugin)))
    loaded = ", ".join(f"{key}: {value}" for key, value in crew.about.loaded.items() if value)
    where = f" on {settings.device} in {settings.dtype}" if settings.device else ""
    print(f"loaded {loaded or name}{where}{engines.said(crew, settings.device)}")
    table.claim({"settings": settings.record(), "loaded": crew.about.loaded}, args.overwrite)
    return crew


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
