"""`cmc misc decode`: a folder of streams to pictures, on a machine without ground truth."""

import argparse
from pathlib import Path

from cmc.cli import arguments, common, misc_stages, t2i_flags
from cmc.core.errors import CMCError
from cmc.core.failed_csv import read_failures
from cmc.core.lock import one_writer
from cmc.core.workspace import SIZES, WORK, Workspace, checked_name, key_of
from cmc.stages.stream_manifest import Manifest, make_manifest, write_manifest
from cmc.studies.stages import Stage

DECODER = "misc"
# Of the captions that streams held.
TEXT_NAME = "captions"


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    about = "Generate the picture of every .cmc stream in a folder, into Result/<name>/<mode>/."
    parser = arguments.subcommand(ways, "misc decode", about)
    parser.add_argument("streams", type=Path, nargs="?", metavar="FOLDER", help="streams (default: Stream/misc)")
    parser.add_argument("--to", type=Path, help="folder to fill (default: Result/<the streams' folder>)")
    parser.add_argument("--codec_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    parser.add_argument("--qp", type=arguments.positive, default=1, help="quality of a learned codec of the package's")
    t2i_flags.add_decoder(parser, DECODER)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Decode what is not decoded, and say what every picture cost."""
    space = common.workspace(args)
    source = args.streams or space.stream / "misc"
    target = args.to or space.result / checked_name(source.resolve().name)
    manifest = make_manifest(source)
    modes = sorted({row.mode for row in manifest.coded})
    if not modes:
        raise CMCError(f"no stream in {source} can be read; make some with cmc misc encode")
    work = Workspace(target / WORK)
    with one_writer(target, "use another --to", WORK):
        work.root.mkdir(exist_ok=True)
        unpack = Stage(
            "unpack", (str(source), "--text_name", TEXT_NAME, *_unpacking(args)), "captions, maps and starts"
        )
        decoding = [(space, _decode(args, mode, target, work)) for mode in modes]
        misc_stages.run_stages(args, target, [(work, unpack), *decoding])
        manifest = _chosen(args, manifest.explained(_reasons(target, work, modes)))
        write_manifest(target, manifest)
    return misc_stages.report(target, manifest, "pictures")


def _chosen(args: argparse.Namespace, manifest: Manifest) -> Manifest:
    """Of the pictures that were to be decoded, and of streams that cannot be read."""
    readable = dict.fromkeys(row.key for row in manifest.coded)
    chosen, _ = arguments.choice(args).split(readable)
    return manifest.only({*chosen, *(row.key for row in manifest.rows if row.key not in readable)})


def _unpacking(args: argparse.Namespace) -> list[str]:
    weights = ["--model_dir", args.codec_dir] if args.codec_dir else []
    return ["--allow_partial", "--qp", str(args.qp), *weights, *misc_stages.passed_on(args, arguments.add_plugin)]


def _decode(args: argparse.Namespace, mode: str, target: Path, work: Workspace) -> Stage:
    sources = ("--input_path", str(work.text / f"{TEXT_NAME}.csv"), "--ref_dir", str(work.ref))
    images = ("--ground_truth", str(work.root / SIZES), "--allow_partial")
    result = ("--mode", mode, "--output_path", str(target.parent), "--result_name", target.name)
    model = () if args.model_name else ("--model_name", DECODER)
    return Stage("t2i", (*sources, *images, *result, *model, *misc_stages.passed_on(args, t2i_flags.add_decoder)), mode)


def _reasons(target: Path, work: Workspace, modes: list[str]) -> dict[str, str]:
    """Why streams have no picture, by key."""
    tables = [*(target / mode / "failed.csv" for mode in modes), work.root / "failed.csv"]
    return {key_of(name): reason for table in tables for name, reason in read_failures(table).items()}
