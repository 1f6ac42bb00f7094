"""`python -m cmc finetune`: opinion scores to a metric's weights."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import common
from cmc.core.device import pick_device
from cmc.core.errors import CMCError
from cmc.core.files import sha256
from cmc.core.run_file import note, open_run
from cmc.metrics.finetune.loop import Epoch, finetune, save_weights
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.metrics.finetune.trainable import Trainable, names, trainable


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = argparse.ArgumentParser(
        prog="python -m cmc finetune",
        description="Fit a metric to a table image,reference,mos; report SRCC and KRCC on held-out references.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--metric", choices=names(), required=True, help="which network")
    parser.add_argument("--table", type=Path, required=True, help="CSV with image,reference,mos; files beside it")
    parser.add_argument("--weights", type=Path, help="weights to start from (TOPIQ needs them)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the weights: .safetensors or .pth")
    parser.add_argument("--epochs", type=int, default=50, help="times through the table")
    parser.add_argument("--learning_rate", type=float, default=2e-5, help="Adam's")
    parser.add_argument("--batch_size", type=int, default=8, help="pictures an update")
    parser.add_argument("--train_share", type=float, default=0.8, help="share of the references to learn from")
    parser.add_argument("--seed", type=int, default=42, help="of the split and the order")
    parser.add_argument("--note", default="", help="kept in the file and shown with every score made with it")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    parser.add_argument("--overwrite", action="store_true", help="start anew where another run's checkpoint lies")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.set_defaults(plugin=[])
    return parser


def run(args: argparse.Namespace) -> int:
    """Learn epoch by epoch, then write the weights."""
    if args.epochs < 1 or args.batch_size < 1 or not 0 < args.train_share < 1 or args.learning_rate <= 0:
        raise CMCError("--epochs and --batch_size start at 1, --learning_rate is over 0, --train_share between 0 and 1")
    device = pick_device(args.device)
    checkpoint, record = args.out.with_suffix(".checkpoint"), args.out.with_suffix(".json")
    if open_run(record, _settings(args), overwrite=args.overwrite, remedy="or another --out"):
        checkpoint.unlink(missing_ok=True)
    metric = trainable(args.metric, args.weights, device)
    learn, held = split(read_opinions(args.table, metric.full_reference), args.train_share, args.seed)
    print(f"{args.metric}: {len(learn)} pictures to learn from, {len(held)} held out, on {device}")
    options = {"epochs": args.epochs, "rate": args.learning_rate, "batch_size": args.batch_size, "seed": args.seed}
    last = None
    for last in finetune(metric, learn, held, checkpoint, **options):
        print(_line(last), flush=True)
        note(record, last=vars(last))
    return _finish(args, metric, checkpoint, last)


def _settings(args: argparse.Namespace) -> dict[str, object]:
    kept = ("metric", "learning_rate", "batch_size", "train_share", "seed")
    files = {"table_sha256": args.table, "weights_sha256": args.weights}
    hashes = {key: sha256(path) if path and path.is_file() else None for key, path in files.items()}
    return {key: getattr(args, key) for key in kept} | hashes


def _line(epoch: Epoch) -> str:
    return f"epoch {epoch.number:3}: loss {epoch.loss:.4f}, held out: SRCC {epoch.srcc:.4f}, KRCC {epoch.krcc:.4f}"


def _finish(args: argparse.Namespace, metric: Trainable, checkpoint: Path, last: Epoch | None) -> int:
    if last is None:
        print(f"{checkpoint} holds {args.epochs} epochs or more already; raise --epochs to go on")
    save_weights(args.out, metric, args.note, args.half)
    print(f"written: {args.out}")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
