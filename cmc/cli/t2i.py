"""Step 2, `script-t2i.py`: captions and references to pictures."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.t2i_flags import AUTO, build_parser
from cmc.cli.t2i_settings import settings_of
from cmc.core.device import pick_dtype
from cmc.core.errors import CMCError, some
from cmc.core.lock import one_writer
from cmc.core.run_file import Document
from cmc.core.workspace import Workspace, checked_name
from cmc.maps.map_file import FOLDER
from cmc.stages.decode import Decoders
from cmc.stages.decode_jobs import caption_file, find_images, load_captions, make_jobs
from cmc.stages.decode_modes import ModeRun
from cmc.stages.decode_settings import DecodeSettings
from cmc.stages.deviation import Comparison, Deviation, compare_with
from cmc.stages.engine.base import Engine
from cmc.stages.finished import has_all_pictures
from cmc.stages.job_origins import Sources, refuse_stale
from cmc.stages.stale_maps import stale_maps

if TYPE_CHECKING:
    import torch

AUTO_BATCH = {"cuda": 8}
# A mode's run and what its run file says of its settings.
Planned = tuple[ModeRun, Document]


def run(args: argparse.Namespace) -> int:
    """Decode every mode that was asked for."""
    space = common.workspace(args)
    settings = settings_of(args, space)
    modes = settings.able_modes(args.mode)
    settings.check(modes)
    with engines.opened(args, settings.entry) as engine, ExitStack() as locks:
        device = engine.device(args.device)
        dtype = pick_dtype(args.dtype, device, settings.entry.facts.half)
        runs = [_planned(locks, args, run, sections) for run, sections in _plan(args, space, settings, dtype)]
        finished = [] if args.overwrite else [run for run, sections in runs if has_all_pictures(run, sections)]
        codes = [_report(run) for run in finished]
        unfinished = [(run, sections) for run, sections in runs if run not in finished]
        if unfinished:
            _generate_exact(args, settings, engine, device, dtype, [run for run, _ in unfinished])
            crew = _load(args, settings, engine, device, dtype)
            codes += [_decode(args, settings, crew, device, run, sections) for run, sections in unfinished]
        else:
            print(f"nothing to do, so {settings.entry.name} was not loaded")
        return max(codes)


def _planned(locks: ExitStack, args: argparse.Namespace, mode_run: ModeRun, settings: Document) -> Planned:
    """A mode whose folder is this process's, and of these settings."""
    locks.enter_context(one_writer(mode_run.folder, "use another --result_name"))
    mode_run.check({"settings": settings}, args.overwrite)
    return mode_run, settings


def _plan(args: argparse.Namespace, space: Workspace, settings: DecodeSettings, dtype: "torch.dtype") -> list[Planned]:
    """Every mode, paired with what it needs, and its settings."""
    modes = settings.able_modes(args.mode)
    digests = freshness.remembered(space)
    images = find_images(space, args.ground_truth, arguments.choice(args), args.allow_partial, digests.size)
    captioned = any(map(settings.reads_captions, modes))
    captions = load_captions(caption_file(space, args.input_path)) if captioned else None
    if captions:
        print(f"captions: {captions.path}")
    target = (args.output_path or space.result) / checked_name(args.result_name or settings.entry.name)
    ref_dir, planned = args.ref_dir or space.ref, []
    captions_of = {mode.name: captions if settings.reads_captions(mode) else None for mode in modes}
    jobs_of = {
        mode.name: make_jobs(
            mode,
            images,
            captions_of[mode.name],
            ref_dir,
            args.seed,
            args.allow_partial,
            items=settings.sent_items(mode),
        )
        for mode in modes
    }
    references = {job.reference for jobs, _ in jobs_of.values() for job in jobs if job.reference}
    freshness.read(digests, images.files.values(), sorted(references))
    for mode in modes:
        mode_captions, (jobs, failed) = captions_of[mode.name], jobs_of[mode.name]
        sources = Sources(images.files, mode_captions, digests)
        stale = sources.stale_inputs({job.key: job.reference for job in jobs})
        stale |= stale_maps([job.key for job in jobs if job.details], ref_dir / FOLDER, sources)
        if not args.allow_partial:
            refuse_stale(stale)
        jobs = [job for job in jobs if job.key not in stale]
        sections = settings.record(
            mode,
            dtype,
            captions=space.recorded(mode_captions.path) if mode_captions else None,
            references=space.recorded(ref_dir) if mode.reference else None,
        )
        planned.append((ModeRun(mode, target / mode.name, jobs, failed | stale, sources), sections))
    return planned


def _generate_exact(
    args: argparse.Namespace,
    settings: DecodeSettings,
    engine: Engine,
    device: "torch.device",
    dtype: "torch.dtype",
    runs: Sequence[ModeRun],
) -> None:
    """What the first pictures of modes by inexact options are compared with, before the long run, so that the user can
    still choose the exact one."""
    runs = [run for run in runs if not run.is_compared(args.overwrite)]
    if not runs or settings.exact == settings:
        return
    print(f"inexact options: {settings.entry.name} generates the first pictures of a mode without them, to be compared")
    try:
        crew: Decoders = engine.crew(settings.exact.loader(device, dtype, tuple(args.plugin)))
    except CMCError as error:  # it may not fit where the inexact one does
        for run in runs:
            run.comparison = Comparison(run.folder, (), Deviation(unknown=str(error)))
        return
    for run in runs:
        run.comparison = compare_with(crew, run.folder, run.jobs, settings.sampling(run.mode), settings.max_side)


def _load(
    args: argparse.Namespace, settings: DecodeSettings, engine: Engine, device: "torch.device", dtype: "torch.dtype"
) -> Decoders:
    entry = settings.entry
    if settings.checkpoint:
        own = entry.facts.checkpoint_option not in settings.options
        licence = f" (licence of the weights: {entry.facts.licence})" if own else ""
        print(f"{entry.name}: {settings.checkpoint}{licence}")
    if settings.remark():
        print(f"  {settings.remark()}")
    crew = engine.crew(settings.loader(device, dtype, tuple(args.plugin)))
    loaded = ", ".join(f"{key}: {value}" for key, value in crew.about.loaded.items() if value)
    print(f"loaded {loaded or entry.name} on {device} in {dtype}{engines.said(crew, device)}")
    return crew


def _decode(
    args: argparse.Namespace,
    settings: DecodeSettings,
    crew: Decoders,
    device: "torch.device",
    mode_run: ModeRun,
    recorded: Document,
) -> int:
    mode_run.claim({"settings": recorded, "loaded": crew.about.loaded}, args.overwrite)
    freshness.say_stale(f"{mode_run.mode.name} pictures", mode_run.stale.values(), len(mode_run.jobs))
    shrink = args.batch_size == AUTO
    batch_size = AUTO_BATCH.get(device.type, 1) if shrink else args.batch_size
    mode = mode_run.mode
    outcomes = mode_run.decode(crew, settings.sampling(mode), settings.max_side, batch_size, shrink, args.png_level)
    told = False
    for _ in common.progress(outcomes, len(mode_run.jobs), mode.name, done=len(mode_run.done)):
        told = told or _tell_deviation(mode_run)
    if not told:
        _tell_deviation(mode_run)
    return _report(mode_run)


def _tell_deviation(mode_run: ModeRun) -> bool:
    """Print how far a mode's pictures are from exact ones, above its bar; whether that is known."""
    from tqdm import tqdm

    deviation = mode_run.deviation
    if deviation:
        tqdm.write(f"{mode_run.mode.name}: {deviation}")
    return deviation is not None


def _report(mode_run: ModeRun) -> int:
    done = len(mode_run.done)
    print(f"{mode_run.folder}: {mode_run.count()} of {mode_run.total} pictures, {done} of them from before")
    cut = mode_run.captions_cut
    retried, failed = mode_run.retried(), mode_run.failures()
    if mode_run.sigma_range:
        least, most = mode_run.sigma_range
        print(f"  started at sigma {least:.3g}" + ("" if least == most else f" to {most:.3g}, by size"))
    if cut:
        print(f"  {cut} caption(s) are longer than the text encoder reads; their ends were cut off")
    if retried:
        print(f"  {len(retried)} overflowed and took an fp32 VAE: {some(retried)}")
    if failed:
        common.print_failures(failed, "failed.csv")
        print("  the same command tries them again")
    return common.INCOMPLETE if failed else common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
