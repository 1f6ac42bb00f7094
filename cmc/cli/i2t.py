"""Step 1, `script-i2t.py`: images to captions."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cmc.cli import common
from cmc.core.captions import read_captions, write_captions
from cmc.core.device import pick_device, pick_dtype
from cmc.core.errors import CMCError, some
from cmc.core.failed_csv import write_failures
from cmc.core.run_file import note, open_run
from cmc.core.workspace import Workspace, checked_name, list_images
from cmc.i2t.base import Captioner
from cmc.i2t.prompts import PROMPTS, most_tokens
from cmc.registry import I2T, Entry
from cmc.stages.encode import encode

DEFAULT_MODEL = "Qwen"
# Vision-language models are mostly trained in it, and some overflow in fp16.
HALF = "bf16"


def build_parser() -> argparse.ArgumentParser:
    """Flags of the script."""
    made = common.parser("script-i2t.py", "Step 1: caption every image in GT into Text/<model_name>.csv.")
    common.optional(made, "--model_name", f"{', '.join(I2T.names())}, or any with --model_dir; empty for Qwen")
    common.optional(made, "--model_dir", "folder, hub id or API model id, empty for the model's own")
    made.add_argument("--ground_truth", type=Path, help="folder of images (default: GT)")
    made.add_argument("--output_path", type=Path, help="CSV or folder (default: Text/<model_name>.csv)")
    made.add_argument("--explen", type=int, choices=PROMPTS, help="expected length in words (default: the paper's, 10)")
    made.add_argument("--batch_size", type=int, help="pictures at once (default: 8 on a GPU, 1 elsewhere)")
    made.add_argument("--base_url", help="of an OpenAI-compatible server; the key comes from OPENAI_API_KEY")
    made.add_argument("--in_flight", type=int, default=8, help="requests to a server at once")
    made.add_argument("--vision_tower", help="of sharegpt4v: folder or hub id, where not the one its config names")
    made.add_argument("--trust_remote_code", action="store_true", help="run Python code that comes with a checkpoint")
    made.add_argument("--seed", type=int, default=42, help="for encoders that sample; the built-in ones do not")
    made.add_argument("--overwrite", action="store_true", help="replace captions that were made with other settings")
    common.add_device(made, HALF)
    return made


def run(args: argparse.Namespace) -> int:
    """Caption what the CSV lacks, writing it anew after every batch."""
    space = common.workspace(args)
    name = args.model_name or DEFAULT_MODEL
    entry = _entry(name, args.model_dir)
    images = dict(list(list_images(args.ground_truth or space.gt).items())[: args.limit])
    names = {key: path.name for key, path in images.items()}
    output = _output(args, space, name)
    prompt, words = _prompt(args.explen, entry)
    captioner = _create(args, name, entry, output, {"prompt": prompt, "max_new_tokens": most_tokens(words)})
    captions = read_captions(output, by_name=True) if output.is_file() else {}
    failed: dict[str, str] = {}
    models: set[str] = set()
    size = args.batch_size or captioner.batch_size
    batches = encode(images, captioner, prompt, size, [key for key in images if names[key] in captions])
    with common.bar(len(images), output.stem, done=sum(one in captions for one in names.values())) as shown:
        for batch in batches:
            captions |= {names[one.key]: one.answer.text for one in batch if not one.answer.error}
            failed |= {names[one.key]: one.answer.error for one in batch if one.answer.error}
            models |= {one.answer.model for one in batch if one.answer.model}
            write_captions(output, captions)
            shown.update(len(batch))
    write_failures(output.with_suffix(".failed.csv"), failed)
    done = {one: captions[one] for one in names.values() if one in captions}
    outcome = {"captions": len(done), "failed": len(failed)} | ({"answered_by": sorted(models)} if models else {})
    note(_run_file(output), outcome=outcome)
    return _say(output, done, failed, len(images))


def _entry(name: str, model_dir: str) -> Entry:
    if name not in I2T and model_dir:
        family = I2T.get(DEFAULT_MODEL)
        return Entry(checked_name(name), family.factory, family.needs, {"options": family.facts["options"]})
    return I2T.get(name)


def _output(args: argparse.Namespace, space: Workspace, name: str) -> Path:
    place = args.output_path or space.text
    return place if place.suffix == ".csv" else place / f"{checked_name(name)}.csv"


def _prompt(explen: int | None, entry: Entry) -> tuple[str, int]:
    """(what to ask, words to make room for): as long as the user says, else as the paper chose for the encoder."""
    if explen is None and "prompt" in entry.facts:
        return entry.facts["prompt"], max(PROMPTS)
    words = explen or entry.facts.get("explen", 10)
    return PROMPTS[words], words


def _create(args: argparse.Namespace, name: str, entry: Entry, output: Path, asked: dict[str, Any]) -> Captioner:
    """The encoder, once it is sure that the captions in `output`, if any, are of the same making."""
    options = _options(args, name, entry, asked["max_new_tokens"])
    checkpoint = args.model_dir or entry.facts.get("checkpoint")
    settings = {"model": name, "checkpoint": checkpoint, "prompt": asked["prompt"], "seed": args.seed}
    settings |= {key: value for key, value in options.items() if key != "in_flight"}
    device, dtype = None, None
    if not entry.facts.get("remote"):
        device = pick_device(args.device)
        dtype = pick_dtype(args.dtype, device, HALF)
        settings["dtype"] = str(dtype)
    if not args.overwrite:  # a refusal need not wait until the model is loaded
        _claim(output, {"settings": settings}, overwrite=False)
    print(
        f"{name}: {checkpoint or 'no checkpoint'} (licence of the weights: {entry.facts.get('licence', 'not stated')})"
    )
    captioner: Captioner = entry.create(checkpoint, device, dtype, **options)
    loaded = ", ".join(f"{key}: {value}" for key, value in captioner.describe().items() if value)
    print(f"loaded {loaded or name}" + (f" on {device} in {dtype}" if device else ""))
    _claim(output, {"settings": settings, "loaded": captioner.describe()}, args.overwrite)
    return captioner


def _options(args: argparse.Namespace, name: str, entry: Entry, max_new_tokens: int) -> dict[str, Any]:
    """What the encoder's factory takes of the flags. Raises CMCError for one that means nothing to it."""
    asked = {
        "max_new_tokens": max_new_tokens,
        "vision_tower": args.vision_tower,
        "trust_remote_code": args.trust_remote_code,
        "base_url": args.base_url,
        "in_flight": args.in_flight,
        "seed": args.seed,
    }
    takes = entry.facts.get("options", ())
    for flag in ("base_url", "trust_remote_code", "vision_tower"):
        if asked[flag] and flag not in takes:
            raise CMCError(f"--{flag} is not for {name}; leave it out")
    if args.batch_size is not None and entry.facts.get("remote"):
        raise CMCError(f"--batch_size is not for {name}, which is asked for one picture at a time; see --in_flight")
    if args.in_flight < 1 or (args.batch_size is not None and args.batch_size < 1):
        raise CMCError("--batch_size and --in_flight: expected whole numbers from 1")
    return {key: value for key, value in asked.items() if key in takes}


def _claim(output: Path, sections: dict[str, dict[str, Any]], overwrite: bool) -> None:
    """Refuse captions of another making, or, to `overwrite`, take them away."""
    run_file = _run_file(output)
    foreign = output.is_file() and not run_file.is_file()
    if foreign and not overwrite:
        raise CMCError(f"{output} was not made here; replace it with --overwrite, or give another --output_path")
    free, remedy = overwrite or not output.is_file(), "or another --output_path"
    stale = [open_run(run_file, what, section=one, overwrite=free, remedy=remedy) for one, what in sections.items()]
    if foreign or any(stale):
        output.unlink(missing_ok=True)


def _run_file(output: Path) -> Path:
    return output.with_suffix(".run.json")


def _say(output: Path, done: dict[str, str], failed: dict[str, str], total: int) -> int:
    words = sum(len(text.split()) for text in done.values()) / max(1, len(done))
    print(f"{output}: {len(done)} of {total} captions, {words:.1f} words on average")
    if failed:
        listed = some((f"{name}: {why}" for name, why in failed.items()), 3)
        print(f"  {len(failed)} failed ({output.stem}.failed.csv says why): {listed}")
        print("  the same command tries them again")
        return common.INCOMPLETE
    print(f"  next: python script-t2i.py --input_path {output}")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
