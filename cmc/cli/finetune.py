"""`cmc finetune`: opinion scores to a metric's weights."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.cli import arguments, common
from cmc.core.device import pick_device
from cmc.core.errors import CMCError
from cmc.core.lock import one_writer
from cmc.metrics.finetune.run import FineTuning, FineTuningSettings
from cmc.metrics.finetune.trainable import names

if TYPE_CHECKING:
    import torch


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    description = "Fit a metric to a table image,reference,mos; report SRCC and KRCC on held-out references."
    parser = arguments.bare_parser("finetune", description)
    default = FineTuningSettings
    parser.add_argument("--metric", choices=names(), required=True, help="which network")
    parser.add_argument("--table", type=Path, required=True, help="CSV with image,reference,mos; files beside it")
    parser.add_argument("--weights", type=Path, help="weights to start from (TOPIQ needs them)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the weights: .safetensors or .pth")
    parser.add_argument("--epochs", type=arguments.positive, default=default.epochs, help="times through the table")
    parser.add_argument("--learning_rate", type=float, default=default.learning_rate, help="Adam's")
    parser.add_argument("--batch_size", type=arguments.positive, default=default.batch_size, help="pictures an update")
    parser.add_argument(
        "--train_share",
        type=float,
        default=default.train_share,
        help="share of references to learn from",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="of the split and the order")
    parser.add_argument("--note", default="", help="kept in the file and shown with every score made with it")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    parser.add_argument("--overwrite", action="store_true", help="start anew where another run's checkpoint lies")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    return parser


def run(args: argparse.Namespace) -> int:
    """Learn epoch by epoch, then write the weights."""
    settings = _settings(args)
    device = pick_device(args.device)
    with one_writer(settings.out.parent, "use another --out", settings.out.name):
        return _finetune(settings, device)


def _finetune(settings: FineTuningSettings, device: "torch.device") -> int:
    fine_tuning = FineTuning.start(settings, device)
    learn, held_out = len(fine_tuning.train), len(fine_tuning.held_out)
    print(f"{settings.metric}: {learn} pictures to learn from, {held_out} held out, on {device}")
    epoch = None
    for epoch in fine_tuning.epochs():
        print(epoch, flush=True)
    if epoch is None:
        print(f"{settings.checkpoint} holds {settings.epochs} epochs or more already; raise --epochs to go on")
    fine_tuning.save()
    print(f"written: {settings.out}")
    return common.OK


def _settings(args: argparse.Namespace) -> FineTuningSettings:
    """Raises CMCError for numbers out of range."""
    if args.epochs < 1 or args.batch_size < 1 or not 0 < args.train_share < 1 or args.learning_rate <= 0:
        raise CMCError("--epochs and --batch_size start at 1, --learning_rate is over 0, --train_share between 0 and 1")
    return FineTuningSettings(
        metric=args.metric,
        table=args.table,
        out=args.out,
        weights=args.weights,
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        batch_size=args.batch_size,
        train_share=args.train_share,
        seed=args.seed,
        note=args.note,
        half=args.half,
        overwrite=args.overwrite,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
