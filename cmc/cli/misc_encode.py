"""`cmc misc encode`: captions, maps and starts of a folder of pictures, packed."""

import argparse
from pathlib import Path

from cmc.cli import arguments, common, i2t_flags, misc_stages
from cmc.codecs.grid_geometry import BY_SIZE
from cmc.core.failed_csv import read_failures
from cmc.core.ground_truth import chosen_images
from cmc.core.items import MOST_ITEMS
from cmc.core.lock import one_writer
from cmc.core.run_file import Document, claim, read_run
from cmc.core.workspace import WORK, Workspace, key_of
from cmc.maps.map_file import FOLDER
from cmc.maps.map_maker import CHECKPOINT
from cmc.stages.make_references import QP
from cmc.stages.stream_manifest import make_manifest, write_manifest
from cmc.stream.files import SUFFIX
from cmc.studies.stages import Stage

PIXEL = "pixel"
# Of the work folder.
CAPTIONS = "captions.csv"
# Of the folder of streams.
RUN = "run.json"


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Write a .cmc stream of every picture in a folder: items, their maps, the whole, and a start."
    parser = arguments.subcommand(ways, "misc encode", about)
    parser.add_argument("ground_truth", type=Path, nargs="?", metavar="FOLDER", help="pictures (default: GT)")
    parser.add_argument("--to", type=Path, help="folder to fill (default: Stream/misc)")
    parser.add_argument(
        "--start", default=PIXEL, help=f"{PIXEL}, or the codec whose picture the decoder starts from, see cmc codecs"
    )
    parser.add_argument("--qp", type=int, default=QP, help="quality of that codec, by its own scale")
    parser.add_argument("--codec_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    parser.add_argument("--block", default=BY_SIZE, help="of the pixels, as of cmc reference")
    parser.add_argument("--levels", type=int, help="of the pixels, as of cmc reference")
    parser.add_argument(
        "--items", type=int, choices=range(MOST_ITEMS + 1), default=MOST_ITEMS, help="how many are sent, with maps"
    )
    parser.add_argument("--trim", action="store_true", help="leave out text that the text encoder would not read")
    arguments.add_path(parser, "--tokenizer", "folder of CLIP's tokenizer (default: Weight/tokenizer, or the hub's)")
    parser.add_argument(
        "--clip_dir", default="", help=f"folder or hub id of the CLIP that finds items (default: {CHECKPOINT})"
    )
    i2t_flags.add_encoder(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Encode what is not encoded, and say what every picture costs."""
    space = common.workspace(args)
    source, target = args.ground_truth or space.gt, args.to or space.stream / "misc"
    images = chosen_images(source, arguments.choice(args))
    work = Workspace(target / WORK)
    with one_writer(target, "use another --to", WORK):
        streams = sorted(target.glob(f"*/*{SUFFIX}"))
        claim(target / RUN, {"settings": _settings(args)}, streams, overwrite=args.overwrite, remedy="or another --to")
        misc_stages.run_stages(args, target, [(space, stage) for stage in _stages(args, source, target, work)])
        manifest = make_manifest(target, images).explained(_reasons(args, target, work))
        write_manifest(target, manifest)
        remark = read_run(target / RUN)["outcome"]["texts"]
    if remark:
        print(remark)
    return misc_stages.report(target, manifest, "streams")


def _settings(args: argparse.Namespace) -> Document:
    """What streams depend on, beside what their captions, maps and starts say of themselves."""
    pixels: Document = {"block": args.block, "levels": args.levels}
    codec: Document = {"qp": args.qp, "codec_dir": args.codec_dir or None}
    start = pixels if args.start == PIXEL else codec
    return {"start": args.start, "items": args.items, "trim": args.trim} | start


def _stages(args: argparse.Namespace, source: Path, target: Path, work: Workspace) -> list[Stage]:
    pictures, references = ("--ground_truth", str(source)), ("--ref_dir", str(work.ref))
    table = work.text / CAPTIONS
    captions, filled = ("--input_path", str(table)), ("--output_path", str(table))
    chosen, anew = misc_stages.passed_on(args, arguments.add_choice), ["--overwrite"] if args.overwrite else []
    plugins = misc_stages.passed_on(args, arguments.add_plugin)
    encoder = misc_stages.passed_on(args, i2t_flags.add_encoder)
    stages = [Stage("i2t", (*pictures, "--layout", "misc", *filled, *encoder), "captions")]
    if args.items:
        clip = misc_stages.passed_on(args, arguments.add_device)
        clip += ["--model_dir", args.clip_dir] if args.clip_dir else []
        maps = (*pictures, *captions, *references, "--allow_partial", *clip, *chosen, *anew)
        stages.append(Stage("maps", maps, "maps"))
    making, packing = _start(args)
    stages.append(Stage("reference", (*pictures, *references, *making, *chosen, *plugins, *anew), "starts"))
    trim = [*(["--trim"] if args.trim else []), *(["--tokenizer", str(args.tokenizer)] if args.tokenizer else [])]
    sent = ("--items", str(args.items), *trim, "--output_path", str(target))
    flags = (*pictures, *captions, *references, *packing, *sent, "--allow_partial", *chosen, *plugins)
    return [*stages, Stage("pack", flags, "streams")]


def _start(args: argparse.Namespace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Flags of `cmc reference` and of `cmc pack` that say what the decoder starts from."""
    if args.start == PIXEL:
        levels = ("--levels", str(args.levels)) if args.levels else ()
        return ("--kind", "pixel", "--block", str(args.block), *levels), ("--mode", "pixel")
    weights = ("--model_dir", args.codec_dir) if args.codec_dir else ()
    codec = ("--codec", args.start, *weights)
    return ("--kind", "image", *codec, "--qp", str(args.qp)), ("--mode", "full", *codec)


def _reasons(args: argparse.Namespace, target: Path, work: Workspace) -> dict[str, str]:
    """Why pictures have no stream, by key, in the words of the first stage of this run that failed on them."""
    start = "pixel" if args.start == PIXEL else "image"
    tables = [
        target / "failed.csv",
        *(work.ref / kind / "failed.csv" for kind in ((start, FOLDER) if args.items else (start,))),
        work.text / CAPTIONS.replace(".csv", ".failed.csv"),
    ]
    return {key_of(name): reason for table in tables for name, reason in read_failures(table).items()}
