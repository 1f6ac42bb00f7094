"""The command that made each mode of a target, read back from its run file."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from cmc.scores.provenance import Document

# Settings of a run file in the order of script-t2i.py's flags.
FLAGS = {
    "mode": "--mode",
    "model": "--model_name",
    "checkpoint": "--model_dir",
    "strength": "--strength",
    "steps": "--steps",
    "guidance_scale": "--guidance_scale",
    "max_side": "--max_side",
    "seed": "--seed",
}
DTYPES = {"torch.float32": "fp32", "torch.float16": "fp16", "torch.bfloat16": "bf16"}


def decode_command(target: str, settings: Document, captions: Mapping[str, Path]) -> str:
    """The `script-t2i.py` line for the `settings` of one mode; `captions`: caption files by their SHA-256."""
    arguments = ["python", "script-t2i.py"]
    for key, flag in FLAGS.items():
        if settings.get(key) is not None:
            arguments += [flag, str(settings[key])]
    if settings.get("dtype") in DTYPES:
        arguments += ["--dtype", DTYPES[settings["dtype"]]]
    if settings.get("safety_checker"):
        arguments.append("--safety_checker")
    sha256 = settings.get("captions_sha256")
    if sha256:
        arguments += ["--input_path", f"Text/{captions[sha256].name}" if sha256 in captions else f"sha256:{sha256}"]
    if target != settings.get("model"):
        arguments += ["--result_name", target]
    return shlex.join(arguments)


def score_command(target: str, settings: Mapping[str, str]) -> str:
    """The `script-evaluate.py` line for the settings of a score file."""
    order = settings.get("fr_order", "published")
    arguments = ["python", "script-evaluate.py", "--target", target, "--fr_order", order]
    if settings.get("dtype") in DTYPES:
        arguments += ["--dtype", DTYPES[settings["dtype"]]]
    for key in ("metrics", "limit"):
        if key in settings:
            arguments += [f"--{key}", *settings[key].split()]
    if settings.get("compiled"):
        arguments.append("--compile")
    return shlex.join(arguments)
