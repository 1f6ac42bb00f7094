"""The flags that every training script has."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Options:
    """steps: of the main loop; work: folder of scenes and checkpoints; out: folder of the finished models."""

    steps: int
    seed: int
    work: Path
    out: Path
    device: torch.device


def build_parser(description: str | None, steps: int) -> argparse.ArgumentParser:
    """The flags; `steps` unless the user says otherwise."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--steps", type=int, default=steps, help="of the training")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the batches")
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder of scenes and checkpoints")
    parser.add_argument("--out", type=Path, default=Path("models/tiny"), help="where the finished model goes")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda, cuda:1")
    return parser


def from_arguments(args: argparse.Namespace) -> Options:
    """What was typed, typed."""
    return Options(args.steps, args.seed, args.work, args.out, torch.device(args.device))


def parse_options(description: str | None, steps: int) -> Options:
    """Options of a script that has no flags of its own."""
    return from_arguments(build_parser(description, steps).parse_args())
