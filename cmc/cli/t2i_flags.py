"""The flags of step 2."""

import argparse

from cmc.cli import arguments
from cmc.core.modes import MODES
from cmc.registry import T2I
from cmc.stages.decode_jobs import DEFAULT_CAPTIONS
from cmc.stages.decode_settings import DEFAULT_DECODER

# Of --batch_size: as many pictures at once as fit into memory.
AUTO = "auto"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    parser = arguments.parser("t2i", "Step 2: decode captions and references into Result/<name>/<mode>/.")
    captions = " or Text/".join(DEFAULT_CAPTIONS)
    parser.add_argument("--mode", choices=(*MODES, "all"), default="all", help="what the decoder gets")
    arguments.add_optional(parser, "--input_path", f"caption CSV, empty for Text/{captions}")
    arguments.add_path(parser, "--ref_dir", "folder with image/, pixel/ and map/ (default: Ref)")
    arguments.add_path(
        parser, "--ground_truth", "the images, for their names and sizes, or a table of these (default: GT)"
    )
    arguments.add_path(parser, "--output_path", "folder of results (default: Result)")
    parser.add_argument("--result_name", help="name of the result folder (default: the model's)")
    add_decoder(parser)
    return parser


def add_decoder(parser: argparse.ArgumentParser, default: str = DEFAULT_DECODER) -> None:
    """Flags of a command that decodes, whatever is decoded; `default`: the decoder when none is named."""
    names = ", ".join(T2I.names())
    arguments.add_optional(parser, "--model_name", f"{names}, or any with --model_dir; empty for {default}")
    arguments.add_optional(parser, "--model_dir", "folder or hub id of the checkpoint, empty for the model's own")
    parser.add_argument(
        "--strength", type=float, help="denoising strength (default: full, image 0.5; pixel 0.8; text 1)"
    )
    parser.add_argument(
        "--noise_level", type=float, help="sigma of the start, which compares across decoders, in place of --strength"
    )
    parser.add_argument(
        "--steps", type=arguments.positive, help="of the whole noise schedule (default: the model's, mostly 40)"
    )
    parser.add_argument("--guidance_scale", type=float, help="classifier-free guidance (default: the model's)")
    parser.add_argument(
        "--items",
        type=int,
        metavar="0-3",
        help="how many items of structured captions are sent, each with its map (default: all that the model reads)",
    )
    parser.add_argument(
        "--max_side", type=arguments.positive, help="longest side to generate at (default: the decoder's, mostly 1024)"
    )
    parser.add_argument(
        "--batch_size", type=_batch_size, default=AUTO, help="pictures at once; auto halves itself to fit the memory"
    )
    parser.add_argument(
        "--png_level",
        type=_png_level,
        metavar="0-9",
        help="zlib's effort for the same pixels, 1 is fast and large (default: Pillow's)",
    )
    parser.add_argument("--seed", type=int, default=42, help="with an image's name, the seed of its noise")
    parser.add_argument("--overwrite", action="store_true", help="make every picture anew, whatever is there")
    arguments.add_choice(parser)
    arguments.add_partial(parser, "go on without images that lack a caption or a reference, or cannot be read")
    arguments.add_device(parser, "the model's fp16 or bf16")
    arguments.add_engine(parser)
    arguments.add_plugin(parser)
    arguments.add_options(parser, T2I)


def _batch_size(text: str) -> str | int:
    if text == AUTO:
        return text
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected {AUTO} or a whole number from 1, found {text!r}")
    return int(text)


def _png_level(text: str) -> int:
    if text not in tuple("0123456789"):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 9, found {text!r}")
    return int(text)
