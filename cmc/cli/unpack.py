"""`cmc unpack`: `.cmc` streams back into captions, references and sizes."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common
from cmc.core.errors import CMCError
from cmc.core.failed_csv import write_failures
from cmc.core.lock import one_writer
from cmc.core.workspace import Workspace, checked_name
from cmc.stream.files import SUFFIX, list_streams
from cmc.stream.restored import Restored
from cmc.stream.to_folders import LearnedWeights, claim_references, folder_settings, restore, write_tables


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    about = "Fill Text, Ref and sizes.csv under --root from .cmc streams, as script-t2i.py reads them."
    parser = arguments.parser("unpack", about)
    parser.add_argument("streams", type=Path, nargs="+", help=".cmc files, or folders with some in or below them")
    parser.add_argument("--text_name", default="stream", help="captions go to Text/<text_name>.csv")
    parser.add_argument("--model_dir", default="", help="checkpoint of a learned codec (default: the package's own)")
    parser.add_argument("--qp", type=arguments.positive, default=1, help="quality of a learned codec of the package's")
    parser.add_argument("--overwrite", action="store_true", help="replace references that were not unpacked")
    arguments.add_workers(parser, "streams decoded at once")
    arguments.add_limit(parser)
    arguments.add_partial(parser, "go on without streams that do not decode")
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Unpack every stream; with --allow_partial those that decode."""
    paths = list_streams(args.streams)[: args.limit]
    name = checked_name(args.text_name)
    space = Workspace(args.root)
    with one_writer(space.root, "unpack under another --root"):
        return _unpack(args, paths, space, name)


def _unpack(args: argparse.Namespace, paths: Sequence[Path], space: Workspace, name: str) -> int:
    for kind, settings in sorted(folder_settings(paths).items()):
        claim_references(space.ref / kind, settings, args.overwrite)
    restored, weights = Restored(), LearnedWeights(args.model_dir, args.qp)
    for path in common.progress(restore(paths, space, args.workers, restored, weights), len(paths), "unpack"):
        if path in restored.failed and not args.allow_partial:
            raise CMCError(f"{path}: {restored.failed[path]} (or go on without it with --allow_partial)")
    if not restored.sizes:
        raise CMCError(f"none of {len(paths)} streams decodes, the first: {next(iter(restored.failed.values()))}")
    write_tables(restored, space, name)
    failed = {path.name.removesuffix(SUFFIX): reason for path, reason in restored.failed.items()}
    write_failures(space.root / "failed.csv", failed)
    print(f"{args.root}: {len(restored.sizes)} images from {len(paths) - len(restored.failed)} streams")
    if restored.failed:
        common.print_failures(restored.failed, "failed.csv")
    return common.INCOMPLETE if restored.failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
