# ruff: noqa: N999 (commands are called as their files)
"""`cmc import`: what another program made becomes a result, to be scored as any decoder's."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from cmc.cli import arguments, common, freshness
from cmc.core.bits import marked
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError, lines
from cmc.core.failed_csv import write_failures
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.modes import MODES
from cmc.core.run_file import note
from cmc.core.workspace import Workspace, check_pairs, checked_name
from cmc.stages.import_pictures import AUTHOR, ImportedPicture, ImportSettings, Reconstruction, import_pictures
from cmc.stages.run_codec import MODE
from cmc.stages.stated_bits import AuthorsTable, StatedBits

Pictures = Mapping[str, Reconstruction]


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("import", "Fill Result/<name>/<mode> with another program's pictures, to be scored.")
    parser.add_argument("pictures", type=Path, metavar="DIR", help="lossless pictures, named as the ground truths")
    parser.add_argument("--name", required=True, help="the result's name")
    parser.add_argument("--mode", choices=MODES, default=MODE, help="the mode that they stand under")
    parser.add_argument("--bits", type=Path, metavar="TABLE.csv", help="what each cost: name, and bytes, bits or bpp")
    parser.add_argument("--stated_by", metavar="WHO", help=f"with --bits: who states them (default: {AUTHOR})")
    arguments.add_path(parser, "--ground_truth", "folder of images (default: GT)")
    arguments.add_path(parser, "--output_path", "folder of results (default: Result)")
    arguments.add_partial(parser, "import those that pair with a ground truth, and with a row of the table")
    parser.add_argument("--overwrite", action="store_true", help="make every picture anew, whatever is there")
    return parser


def run(args: argparse.Namespace) -> int:
    """Pair, check, and copy."""
    if args.stated_by and not args.bits:
        raise CMCError("--stated_by says whose the bits are; name their table with --bits, or leave it out")
    space = common.workspace(args)
    table = AuthorsTable.read(args.bits) if args.bits else None
    images = list_ground_truth(args.ground_truth or space.gt)
    sources = list_ground_truth(args.pictures)
    digests = freshness.digests(space, images.values())
    freshness.read(digests, [], headers=[*images.values(), *sources.values()])
    pictures = _pair(args, images, sources, table, digests)
    failed = _refused(args, pictures, digests)
    good = {key: picture for key, picture in pictures.items() if key not in failed}
    settings = ImportSettings(args.mode, (args.stated_by or AUTHOR) if table else None, table.unit if table else None)
    folder = (args.output_path or space.result) / checked_name(args.name) / args.mode
    with one_writer(folder, "use another --name"):
        settings.claim(folder, args.overwrite)
        for key in failed:
            (folder / f"{key}.png").unlink(missing_ok=True)
        made = import_pictures(good, folder, settings, digests, args.overwrite)
        imported = list(common.progress(made, len(good), args.name))
        failed |= {picture.name: picture.error for picture in imported if picture.error}
        _note(folder, args, space, len(images), failed)
    return _report(folder, imported, good, len(images), failed)


def _pair(
    args: argparse.Namespace,
    images: Mapping[str, Path],
    sources: Mapping[str, Path],
    table: AuthorsTable | None,
    digests: FileDigests,
) -> dict[str, Reconstruction]:
    """Pictures by key; refused where one lacks its ground truth, or its row of the table, unless --allow_partial."""
    keys = check_pairs(f"picture in {args.pictures}", list(images), sources, args.allow_partial)
    if table is None:
        return {key: Reconstruction(sources[key], images[key]) for key in keys}
    keys = check_pairs(f"row in {table.path}", keys, table.rows, args.allow_partial)
    sizes = {key: digests.size(images[key]) for key in keys}
    stated = {key: StatedBits.of(table.rows[key], table.unit, sizes[key]) for key in keys}
    return {key: Reconstruction(sources[key], images[key], stated[key]) for key in keys}


def _refused(args: argparse.Namespace, pictures: Pictures, digests: FileDigests) -> dict[str, str]:
    """Why pictures cannot be imported, by key; refused unless --allow_partial."""
    faults = {key: fault for key, picture in pictures.items() if (fault := picture.fault(digests))}
    if faults and not args.allow_partial:
        listed = lines(f"{pictures[key].source.name}: {fault}" for key, fault in faults.items())
        raise CMCError(f"{len(faults)} picture(s) in {args.pictures} cannot be imported:{listed}")
    return faults


def _note(folder: Path, args: argparse.Namespace, space: Workspace, images: int, failed: Mapping[str, str]) -> None:
    imported = {"pictures": space.recorded(args.pictures), "table": space.recorded(args.bits) if args.bits else None}
    write_failures(folder / "failed.csv", failed)
    note(folder / "run.json", imported=imported, outcome={"images": images, "failed": len(failed)})


def _report(
    folder: Path, imported: Sequence[ImportedPicture], pictures: Pictures, total: int, failed: Mapping[str, str]
) -> int:
    there = [picture.name for picture in imported if not picture.error]
    freshness.say_stale("pictures", (picture.stale for picture in imported if picture.stale), len(imported))
    rates = [stated.bpp for key in there if (stated := pictures[key].stated)]
    cost = marked(f"{fmean(rates):.5f} bpp", True) if rates else "without rates, for want of --bits"
    print(f"{folder}: {len(there)} of {total} pictures, {cost}")
    if failed:
        common.print_failures(failed, "failed.csv")
    return common.OK if len(there) == total else common.INCOMPLETE


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
