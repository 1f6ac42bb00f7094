"""`cmc maps`: Ref/map from GT and the names of items in captions."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common, engines, freshness
from cmc.core.device import pick_dtype
from cmc.core.failed_csv import write_failures
from cmc.core.ground_truth import list_ground_truth
from cmc.core.lock import one_writer
from cmc.core.workspace import Workspace, check_pairs
from cmc.maps.map_file import FOLDER
from cmc.maps.map_maker import CHECKPOINT
from cmc.stages.caption_settings import HALF
from cmc.stages.decode_jobs import Captions, caption_file, load_captions
from cmc.stages.job_origins import Sources
from cmc.stages.make_maps import REMEDY, MapFolder, MapPlan
from cmc.stages.mapping_worker import MapLoader, Mappers, make_maps


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("maps", "Find the items that captions name: an 8x8 map of each, into Ref/map.")
    arguments.add_optional(parser, "--input_path", "caption CSV, as for script-t2i.py")
    arguments.add_path(parser, "--ground_truth", "folder of images (default: GT)")
    arguments.add_path(parser, "--ref_dir", "folder to fill (default: Ref)")
    arguments.add_optional(parser, "--model_dir", f"folder or hub id of a CLIP, empty for {CHECKPOINT}")
    arguments.add_partial(parser, "leave out images without a caption")
    arguments.add_choice(parser)
    arguments.add_device(parser, HALF)
    arguments.add_engine(parser)
    parser.add_argument("--overwrite", action="store_true", help="make every map anew, whatever is there")
    return parser


def run(args: argparse.Namespace) -> int:
    """Make the maps that are not there."""
    space = common.workspace(args)
    captions = load_captions(caption_file(space, args.input_path))
    print(f"captions: {captions.path}")
    images = _captioned(args, space, captions)
    sources = Sources(images, captions, freshness.digests(space, images.values()))
    checkpoint = common.model_dir(args, space) or CHECKPOINT
    with engines.opened(args) as engine:
        device = engine.device(args.device)
        dtype = pick_dtype(args.dtype, device, HALF)
        folder = MapFolder((args.ref_dir or space.ref) / FOLDER, checkpoint, str(dtype).removeprefix("torch."))
        with one_writer(folder.folder, REMEDY.replace("or", "use", 1)):
            folder.check(args.overwrite)
            plan = folder.plan(images, captions.texts, sources, args.overwrite)
            if folder.unchanged and not plan.jobs:
                print("nothing to do, so CLIP is not loaded")
                return _report(folder, plan)
            crew = engine.crew(MapLoader((), device, folder.checkpoint, dtype))
            print(f"loaded {folder.checkpoint} on {device} in {dtype}{engines.said(crew, device)}")
            folder.claim(crew.about, args.overwrite)
            plan = folder.plan(images, captions.texts, sources, args.overwrite)
            return _fill(folder, plan, crew)


def _fill(folder: MapFolder, plan: MapPlan, crew: Mappers) -> int:
    freshness.say_stale("maps", (job.fault for job in plan.jobs if job.fault), len(plan.jobs) + len(plan.done))
    results = common.progress(make_maps(plan.jobs, crew), len(plan.jobs), f"Ref/{FOLDER}")
    plan.failed.update({key: error for key, error in results if error})
    return _report(folder, plan)


def _captioned(args: argparse.Namespace, space: Workspace, captions: Captions) -> dict[str, Path]:
    """The chosen images that have a caption. Raises CMCError, naming the others, unless --allow_partial."""
    images = list_ground_truth(args.ground_truth or space.gt)
    keys, beyond = arguments.choice(args).split(images)
    paired = check_pairs(f"caption in {captions.path}", keys, captions.texts.keys() - beyond, args.allow_partial)
    return {key: images[key] for key in paired}


def _report(folder: MapFolder, plan: MapPlan) -> int:
    total = len({job.key for job in plan.jobs} | {*plan.done, *plan.failed})
    print(f"{folder.folder}: maps of {total - len(plan.failed)} of {total} images")
    write_failures(folder.folder / "failed.csv", plan.failed)
    if plan.failed:
        common.print_failures(plan.failed, "failed.csv")
    return common.INCOMPLETE if plan.failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
