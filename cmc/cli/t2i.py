"""Step 2, `script-t2i.py`: captions and references to pictures."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmc.cli import common
from cmc.core.captions import read_captions
from cmc.core.device import pick_device, pick_dtype
from cmc.core.errors import CMCError, some
from cmc.core.failed_csv import write_failures
from cmc.core.files import sha256
from cmc.core.modes import MODES, Mode
from cmc.core.run_file import note, open_run
from cmc.core.workspace import checked_name
from cmc.registry import T2I, Entry
from cmc.stages.decode import Job, decode, plan
from cmc.stages.decode_jobs import DEFAULT_CAPTIONS, caption_file, find_images, make_jobs
from cmc.stages.decode_settings import able_modes, check_sampling, find_entry, known_options, own_options, strength_of
from cmc.t2i.base import Decoder, Sampling

DEFAULT_MODEL = "real"
STEPS = 40
AUTO_BATCH = {"cuda": 8}


@dataclass(frozen=True)
class Task:
    """One mode of a run: what to paint into `folder`, and what cannot be painted."""

    mode: Mode
    folder: Path
    jobs: list[Job]
    failed: dict[str, str]


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    made = common.parser("script-t2i.py", "Step 2: decode captions and references into Result/<name>/<mode>/.")
    made.add_argument("--mode", choices=(*MODES, "all"), default="all", help="what the decoder gets")
    common.optional(made, "--input_path", f"caption CSV, empty for Text/{' or Text/'.join(DEFAULT_CAPTIONS)}")
    common.optional(made, "--model_name", f"{', '.join(T2I.names())}, or any with --model_dir; empty for real")
    common.optional(made, "--model_dir", "folder or hub id of the checkpoint, empty for the model's own")
    made.add_argument("--ref_dir", type=Path, help="folder with image/ and pixel/ (default: Ref)")
    made.add_argument("--ground_truth", type=Path, help="the images, for their names and sizes (default: GT)")
    made.add_argument("--output_path", type=Path, help="folder of results (default: Result)")
    made.add_argument("--result_name", help="name of the result folder (default: the model's)")
    made.add_argument("--strength", type=float, help="denoising strength (default: full, image 0.5; pixel 0.8; text 1)")
    made.add_argument("--steps", type=int, help="steps of the whole noise schedule (default: the model's, mostly 40)")
    made.add_argument("--guidance_scale", type=float, help="classifier-free guidance (default: the pipeline's own)")
    made.add_argument("--max_side", type=int, help="longest side to paint at (default: the decoder's, mostly 1024)")
    made.add_argument("--batch_size", default="auto", help="pictures at once; auto halves itself to fit the memory")
    made.add_argument("--seed", type=int, default=42, help="with an image's name, the seed of its noise")
    made.add_argument("--overwrite", action="store_true", help="replace results that were made with other settings")
    common.add_device(made)
    group = made.add_argument_group("options of some models")
    for option, (kind, says) in sorted(known_options().items()):
        how: dict[str, Any] = {"action": "store_const", "const": True} if kind is bool else {"type": kind}
        group.add_argument(f"--{option}", help=says, **how)
    return made


def run(args: argparse.Namespace) -> int:
    """Decode every mode that was asked for."""
    space = common.workspace(args)
    name = args.model_name or DEFAULT_MODEL
    entry = find_entry(name, args.model_dir)
    modes = able_modes(args.mode, entry)
    args.steps = args.steps or entry.facts.get("steps", STEPS)
    options = own_options(args, entry)
    check_sampling(args, entry, modes)
    images = find_images(space, args.ground_truth, args.limit, args.allow_partial)
    reads = [mode for mode in modes if mode.captioned and entry.facts.get("uses_text", True)]
    source = caption_file(space.text, args.input_path) if reads else None
    captions = read_captions(source) if source else {}
    target = (args.output_path or space.result) / checked_name(args.result_name or name)
    device = pick_device(args.device)
    dtype = pick_dtype(args.dtype, device)
    tasks = []
    for mode in modes:
        words = captions if mode in reads else None
        jobs, failed = make_jobs(mode, images, words, args.ref_dir or space.ref, args.seed, args.allow_partial)
        settings = _settings(args, name, entry, mode) | {"dtype": str(dtype), "options": options}
        settings["captions_sha256"] = sha256(source) if source and words is not None else None
        tasks.append(Task(mode, target / mode.name, jobs, failed))
        _claim(tasks[-1], settings, "settings", args.overwrite)
    decoder = _create(args, entry, options, device, dtype)
    return max(_run(args, entry, decoder, task) for task in tasks)


def _settings(args: argparse.Namespace, name: str, entry: Entry, mode: Mode) -> dict[str, Any]:
    return {
        "model": name,
        "checkpoint": args.model_dir or entry.facts.get("checkpoint"),
        "mode": mode.name,
        "prompt": mode.prompt,
        "strength": strength_of(args, entry, mode),
        "steps": args.steps,
        "guidance_scale": args.guidance_scale,
        "max_side": args.max_side,
        "seed": args.seed,
    }


def _claim(task: Task, settings: dict[str, Any], section: str, overwrite: bool) -> None:
    remedy = "or another --result_name"
    earlier = list(task.folder.glob("*.png"))
    free = overwrite or not earlier
    if open_run(task.folder / "run.json", settings, section=section, overwrite=free, remedy=remedy):
        for path in [*earlier, task.folder / "failed.csv"]:
            path.unlink(missing_ok=True)


def _create(args: argparse.Namespace, entry: Entry, options: dict[str, Any], device: Any, dtype: Any) -> Decoder:
    checkpoint = args.model_dir or entry.facts.get("checkpoint")
    if checkpoint:
        print(f"{entry.name}: {checkpoint} (licence of the weights: {entry.facts.get('licence', 'not stated')})")
    decoder: Decoder = entry.create(checkpoint, device, dtype, **options)
    loaded = ", ".join(f"{key}: {value}" for key, value in decoder.describe().items() if value)
    print(f"loaded {loaded or entry.name} on {device} in {dtype}")
    return decoder


def _run(args: argparse.Namespace, entry: Entry, decoder: Decoder, task: Task) -> int:
    _claim(task, decoder.describe(), "loaded", args.overwrite)
    size, shrink = _batch_size(args)
    batches = plan(task.jobs, args.max_side or decoder.max_side, decoder.multiple, size)
    sampling = Sampling(task.mode.name, strength_of(args, entry, task.mode), args.steps, args.guidance_scale)
    there = _count(task)
    outcomes = decode(batches, decoder, sampling, task.folder, shrink=shrink)
    made = list(common.progress(outcomes, len(task.jobs), task.mode.name, done=there))
    failed = task.failed | {one.key: one.error for one in made if one.error}
    write_failures(task.folder / "failed.csv", failed)
    retried = sorted(one.key for one in made if one.retried)
    cut = sum(decoder.tokens_over(job.prompt) > 0 for job in task.jobs)
    counts = {"images": len(task.jobs) + len(task.failed), "failed": len(failed), "captions_cut": cut}
    note(task.folder / "run.json", outcome=counts | {"fp32_vae": retried})
    print(f"{task.folder}: {_count(task)} of {counts['images']} pictures, {there} of them from before")
    if cut:
        print(f"  {cut} caption(s) are longer than the text encoder reads; their ends were cut off")
    if retried:
        print(f"  {len(retried)} overflowed and took an fp32 VAE: {some(retried)}")
    if failed:
        print(f"  {len(failed)} failed (failed.csv says why): {some((f'{k}: {v}' for k, v in failed.items()), 3)}")
        print("  the same command tries them again")
    return common.INCOMPLETE if failed else common.OK


def _count(task: Task) -> int:
    return sum((task.folder / f"{job.key}.png").is_file() for job in task.jobs)


def _batch_size(args: argparse.Namespace) -> tuple[int, bool]:
    if args.batch_size == "auto":
        return AUTO_BATCH.get(pick_device(args.device).type, 1), True
    if not args.batch_size.isdecimal() or int(args.batch_size) < 1:
        raise CMCError(f"--batch_size {args.batch_size}: expected auto or a whole number from 1")
    return int(args.batch_size), False


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
