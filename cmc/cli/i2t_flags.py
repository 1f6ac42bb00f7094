"""The flags of step 1."""

import argparse

from cmc.cli import arguments
from cmc.i2t.layouts import LAYOUTS, PLAIN
from cmc.i2t.prompts import PROMPTS
from cmc.registry import I2T
from cmc.stages.caption_settings import DEFAULT_ENCODER, HALF


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    parser = arguments.parser("i2t", "Step 1: caption every image in GT into Text/<model_name>.csv.")
    arguments.add_path(parser, "--ground_truth", "folder of images (default: GT)")
    arguments.add_path(
        parser, "--output_path", "CSV or folder (default: Text/<model_name>.csv; in the misc layout -misc.csv)"
    )
    parser.add_argument("--explen", type=int, choices=PROMPTS, help="expected length in words (default: the paper's)")
    arguments.add_optional(
        parser,
        "--prompt",
        "ask this, as it is, instead of the paper's question; with --explen, 'Answer in N words.' is added, without it "
        "there is room for 50 words",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default=PLAIN.name,
        help="misc: three items and the whole picture, into Text/<model_name>-misc.csv (docs/captions.md)",
    )
    add_encoder(parser)
    return parser


def add_encoder(parser: argparse.ArgumentParser) -> None:
    """Flags of a command that captions, whatever it asks for."""
    names = ", ".join(I2T.names())
    arguments.add_optional(parser, "--model_name", f"{names}, or any with --model_dir; empty for {DEFAULT_ENCODER}")
    arguments.add_optional(parser, "--model_dir", "folder, hub id or API model id, empty for the model's own")
    parser.add_argument(
        "--batch_size",
        type=arguments.positive,
        help="pictures at once (default: 8 on a GPU, 1 elsewhere; with vllm 128)",
    )
    parser.add_argument("--seed", type=int, default=42, help="for encoders that sample; the built-in ones do not")
    parser.add_argument("--overwrite", action="store_true", help="make every caption anew, whatever is there")
    arguments.add_choice(parser)
    arguments.add_device(parser, HALF)
    arguments.add_engine(parser, captions=True)
    arguments.add_plugin(parser)
    arguments.add_options(parser, I2T)
