"""`cmc report`: one HTML file to look at, and the figures of a paper."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness
from cmc.compare.curves import Curves, curve_of, make_curves
from cmc.core.captions import read_captions
from cmc.core.errors import CMCError, some
from cmc.core.files import sha256, write_atomic
from cmc.core.workspace import ALL, Workspace
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.load_targets import Collection, load_collection, scored_targets
from cmc.leaderboard.rows import YOURS
from cmc.metrics.weight_files import locate
from cmc.registry import METRICS
from cmc.report.commands import CommandSetup
from cmc.report.costplot import cost_points, quality_over_cost
from cmc.report.gallery import PicturePaths, find_pictures, gallery
from cmc.report.overview import natural_key
from cmc.report.page import render
from cmc.report.plots import figures
from cmc.report.rdplot import TITLES, rate_distortion
from cmc.report.safety_counts import read_verdicts
from cmc.report.study_sections import studied_targets, study_sections
from cmc.report.style import FORMATS, save
from cmc.scenes.tiny_models import TINY
from cmc.scores.provenance import captions_read
from cmc.scores.score_file import SHORT_HASH
from cmc.stages.stale_maps import maps_of_others
from cmc.stages.staleness import Staleness


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("report", "Write the leaderboard, figures and all pictures into one HTML file.")
    arguments.add_targets(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.html", help="the page (default: report.html under --root)")
    parser.add_argument(
        "--thumbnail", type=arguments.positive, default=192, metavar="PIXELS", help="longest side of the small pictures"
    )
    arguments.add_price(parser)
    parser.add_argument("--plots", type=Path, metavar="DIR", help=f"write the figures as {', '.join(FORMATS)} too")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the page, and the figures where they were asked for."""
    space = common.workspace(args)
    results = args.target_path or space.result
    targets = scored_targets(results, args.target)
    staleness = freshness.staleness(space, results, targets)
    loaded = load_collection(targets, staleness, args.model_weight, args.allow_partial, args.dollars_per_hour)
    collection = _sorted(loaded)
    curves = _curves(collection)
    drawn = {} if isinstance(curves, str) else {"rate-distortion": rate_distortion(curves, TITLES)}
    points = cost_points(collection.rows)
    drawn |= {"cost": quality_over_cost(points)} if points else {}
    drawn |= figures(collection.files, collection.rows, BOARDS, but=studied_targets(space))
    for name, figure in drawn.items() if args.plots else ():
        save(figure, args.plots, name)
    out = args.out or space.root / "report.html"
    files = list(collection.files.values())
    total = len({name for file in files for name in file.names})
    folders = _without_stale_maps(find_pictures(space, results, files), staleness)
    safety = read_verdicts(folders, staleness.digests)
    folders = dataclasses.replace(folders, flagged=safety.flagged)
    entries = gallery(files, folders, _captions(space, collection), out.parent, args.thumbnail)
    shown = common.progress(entries, total, "thumbnails")
    setup = _setup(args, space)
    studies = study_sections(space, results, lambda folders: freshness.staleness(space, results, folders))
    page = render(collection, drawn, shown, args.thumbnail, setup, curves, studies, safety.counts).encode("utf-8")
    write_atomic(out, page)
    print(f"{out}: {len(files)} result(s), {total:,} image(s), {len(page) / 1e6:.1f} MB; open it in a browser")
    if args.plots:
        print(f"{args.plots}: {len(drawn)} figures, each as {', '.join(FORMATS)}")
    return common.OK


def _without_stale_maps(paths: PicturePaths, staleness: Staleness) -> PicturePaths:
    """Without maps that say where items were in another ground truth, which is said."""
    stale = maps_of_others(paths.maps, paths.gt, staleness.digests)
    if stale:
        print(f"not shown, for they were made from another ground truth: maps of {some(stale)}; run cmc maps again")
    return dataclasses.replace(paths, maps={key: path for key, path in paths.maps.items() if key not in stale})


def _sorted(collection: Collection) -> Collection:
    """Results by name, numbers by value; published rows keep their places before them."""
    files = {name: collection.files[name] for name in sorted(collection.files, key=natural_key)}
    rows = sorted(collection.rows, key=lambda row: (row.source == YOURS, row.source == YOURS and natural_key(row.name)))
    return dataclasses.replace(collection, files=files, rows=rows)


def _curves(collection: Collection) -> Curves | str:
    """Curves over the images that all measured results have, or why there are none."""
    rated = [file for file in collection.files.values() if any(score.rate for score in file.scores)]
    if not rated:
        return "no result has a measured rate"
    # Which further metrics were computed does not change those that all have.
    files = [
        dataclasses.replace(file, settings={k: v for k, v in file.settings.items() if k not in ("target", "metrics")})
        for file in rated
    ]
    names = {file.target: curve_of(file.target, collection.runs[file.target]) for file in rated}
    try:
        return make_curves(files, names, ALL, partial=True)
    except CMCError as error:
        return str(error)


def _setup(args: argparse.Namespace, space: Workspace) -> CommandSetup:
    """Where the printed commands find captions, weights and results."""
    weights = {}
    name = next(iter(METRICS.get("topiq_fr").facts.weights))
    for folder in (TINY / "Weight", space.weight, args.model_weight):
        path = locate(folder, name) if folder else None
        if path and path.is_file():
            weights[sha256(path)[:SHORT_HASH]] = folder
    return CommandSetup(args.root, weights, args.target_path)


def _captions(space: Workspace, collection: Collection) -> dict[str, dict[str, str]]:
    """By target, the captions that its pictures were made from, where that file is still there."""
    sources = {
        name: [space.find(path) for path in sorted(captions_read(runs))] for name, runs in collection.runs.items()
    }
    return {name: read_captions(paths[0]) for name, paths in sources.items() if paths and paths[0].is_file()}


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
