"""`cmc audit`: the same questions over ground truths and reconstructions, and how far the answers agree."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.audit_report import report_audit
from cmc.cli.checked_tasks import checked_tasks
from cmc.cli.encoders import encoder_settings, load
from cmc.cli.i2t_flags import add_encoder
from cmc.core.digests import FileDigests
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.origin import settings_digest
from cmc.core.run_file import read_run
from cmc.core.workspace import Workspace, checked_name
from cmc.i2t.layouts import AUDIT
from cmc.registry import I2T
from cmc.scores.audit_scores import audit_scores
from cmc.stages.ask_forms import GT, REMEDY, AskedPictures, Forms, asked_pictures, audit_folder
from cmc.stages.caption_settings import DEFAULT_ENCODER, CaptionSettings
from cmc.stages.decode_settings import DEFAULT_DECODER
from cmc.stages.encode import Encoders
from cmc.stages.engine.base import Engine
from cmc.stages.evaluate_tasks import Task, plan_tasks
from cmc.stages.staleness import Staleness

# What is not so any more of an answer that is asked for anew.
STALE_ANSWER = "another picture, question or model"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("audit", "Ask an encoder what is in ground truths and reconstructions, and compare.")
    parser.add_argument(
        "--target", nargs="*", default=[], metavar="NAME", help=f"result folders to audit (default: {DEFAULT_DECODER})"
    )
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    arguments.add_path(parser, "--gt_path", "folder of ground truths (default: GT)")
    arguments.add_optional(parser, "--audit_name", "what the answers' files are called, empty for the encoder's name")
    arguments.add_partial(parser, "go on without pictures that are missing or unusable; tables say how many")
    add_encoder(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Ask what has not been asked, score every target, print its table and write its files."""
    space = common.workspace(args)
    root = args.target_path or space.result
    targets = list(dict.fromkeys(checked_name(name) for name in args.target if name)) or [DEFAULT_DECODER]
    entry = I2T.find(checked_name(args.model_name or DEFAULT_ENCODER), args.model_dir, DEFAULT_ENCODER)
    name = checked_name(args.audit_name or entry.name)
    with engines.opened(args, entry) as engine, ExitStack() as locks:
        settings = encoder_settings(args, space, entry, engine, AUDIT)
        digests = freshness.remembered(space)
        tasks = _tasks(args, space, root, targets, digests)
        asked = asked_pictures(tasks, space.text / AUDIT.table(name), root, name)
        for table in (pictures.table.path for pictures in asked):
            locks.enter_context(one_writer(table.parent, REMEDY.replace("or", "use", 1), table.name))
        _fill(args, settings, asked, digests, engine)
        answers = {(pictures.target, pictures.mode): pictures.forms() for pictures in asked}
        scores = audit_scores(tasks, answers, digests)
        stated = _settings(args, space, settings, asked[0])
        _say_ground_truths(answers[GT, ""], asked[0])
        codes = [
            report_audit(audit_folder(root / target, name), target, tasks, scores, answers, stated)
            for target in targets
        ]
        return max(codes)


def _tasks(
    args: argparse.Namespace, space: Workspace, root: Path, targets: Sequence[str], digests: FileDigests
) -> list[Task]:
    """The chosen images and their pictures, checked."""
    images = list_ground_truth(args.gt_path or space.gt)
    choice = arguments.choice(args)
    tasks = plan_tasks(images, choice, root, targets, args.allow_partial)
    if len(tasks) < len(images):
        print(f"only {len(tasks)} of {len(images)} images in GT, as --limit or --images says")
    pictures = [picture.path for task in tasks for picture in task.candidates if picture.path]
    freshness.read(digests, [*(task.gt for task in tasks), *pictures])
    return checked_tasks(tasks, Staleness(space, root, digests), args.allow_partial)


def _fill(
    args: argparse.Namespace,
    settings: CaptionSettings,
    asked: Sequence[AskedPictures],
    digests: FileDigests,
    engine: Engine,
) -> None:
    """Ask for the answers that are not there."""
    for pictures in asked:
        pictures.table.check({"settings": settings.record()}, args.overwrite)
        pictures.table.read(pictures.images, digests, args.overwrite)
        stale = [STALE_ANSWER] * len(pictures.table.stale)
        freshness.say_stale(f"answers over {pictures.title}", stale, len(pictures.images))
    if all(pictures.is_done(settings.record()) for pictures in asked):
        print(f"nothing to ask, so {settings.entry.name} is not loaded")
        return
    crew = load(args, settings, engine)
    for pictures in asked:
        pictures.table.claim({"settings": settings.record(), "loaded": crew.about.loaded}, args.overwrite)
        pictures.table.read(pictures.images, digests, args.overwrite)
        _ask(args, pictures, crew)


def _settings(
    args: argparse.Namespace, space: Workspace, settings: CaptionSettings, ground_truths: AskedPictures
) -> dict[str, str]:
    """What stands beside every score: who answered, and the digest of what answers depend on."""
    choice, run = arguments.choice(args), read_run(ground_truths.table.run_file)
    stated = {
        "auditor": settings.entry.name,
        "checkpoint": settings.checkpoint,
        "asked": settings_digest(run),
        "limit": "" if choice.limit is None else str(choice.limit),
        "images": space.recorded(choice.path) if choice.path else "",
    }
    return {key: text for key, text in stated.items() if text}


def _say_ground_truths(answers: Forms, asked: AskedPictures) -> None:
    """What there is to compare with: without text in a ground truth, the text of its pictures says little."""
    forms, total = list(answers.forms.values()), len(asked.images)
    objects = sum(len(form.objects) for form in forms)
    texts = sum(bool(form.text) for form in forms)
    print(f"{asked.table.path}: {len(forms)} of {total} ground truths, {objects} kinds of objects, {texts} with text")


def _ask(args: argparse.Namespace, pictures: AskedPictures, crew: Encoders) -> None:
    table, done = pictures.table, len(pictures.table.done(pictures.names))
    batches = table.fill(pictures.images, crew, args.batch_size or crew.about.batch_size)
    with common.bar(len(pictures.images), pictures.title, done=done) as bar, common.words_above_bar():
        for batch in batches:
            bar.update(len(batch))


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
