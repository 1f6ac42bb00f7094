"""The commands that made a target, read back from its run files, so that they run as they are printed."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmc.stages.import_pictures import AUTHOR

# Settings of a run file in the order of `cmc t2i`'s flags.
FLAGS = {
    "mode": "--mode",
    "model": "--model_name",
    "checkpoint": "--model_dir",
    "strength": "--strength",
    "noise_level": "--noise_level",
    "steps": "--steps",
    "guidance_scale": "--guidance_scale",
    "max_side": "--max_side",
    "seed": "--seed",
}
DTYPES = {"torch.float32": "fp32", "torch.float16": "fp16", "torch.bfloat16": "bf16"}
PROGRAM = ("python", "-m", "cmc")


@dataclass(frozen=True)
class CommandSetup:
    """What commands need beside the run files: `--root`, weight folders by the start of the SHA-256 of their FR file,
    and the folder of results where it is not the root's own."""

    root: Path = Path()
    weights: Mapping[str, Path] = field(default_factory=dict)
    results: Path | None = None

    def command(self, name: str) -> list[str]:
        """The first words of a line."""
        root = [] if self.root == Path() else ["--root", str(self.root)]
        return [*PROGRAM, name, *root]


def run_command(target: str, settings: Mapping[str, Any], setup: CommandSetup) -> str:
    """The line for the `settings` of one mode: a codec's, an imported result's (with where it was) or a decoder's."""
    if "stated_by" in settings:
        return import_command(target, settings, setup)
    return (codec_command if settings.get("codec") else decode_command)(target, settings, setup)


def import_command(target: str, settings: Mapping[str, Any], setup: CommandSetup) -> str:
    """The `cmc import` line for the settings of an imported result, `pictures` and `table` among them."""
    words = [*setup.command("import"), str(setup.root / settings.get("pictures", "DIR"))]
    words += ["--name", target, "--mode", settings["mode"]]
    if settings.get("table"):
        words += ["--bits", str(setup.root / settings["table"])]
    if settings["stated_by"] not in (None, AUTHOR):
        words += ["--stated_by", settings["stated_by"]]
    return shlex.join([*words, *(["--output_path", str(setup.results)] if setup.results else [])])


def codec_command(target: str, settings: Mapping[str, Any], setup: CommandSetup) -> str:
    """The `cmc codec` line for the settings of a codec's result."""
    words = [*setup.command("codec"), "--codec", settings["codec"]]
    quality = f"qp{settings['qp']}" if settings.get("qp") is not None else f"bpp{settings['bpp']:g}"
    words += ["--qp", str(settings["qp"])] if settings.get("qp") is not None else ["--bpp", f"{settings['bpp']:g}"]
    if settings.get("checkpoint"):
        words += ["--model_dir", settings["checkpoint"]]
    if settings.get("captions"):
        words += ["--captions", str(setup.root / settings["captions"])]
    if setup.results:
        words += ["--output_path", str(setup.results)]
    name = target.removesuffix(f"-{quality}")
    return shlex.join([*words, *([] if name == settings["codec"] else ["--result_name", name])])


def decode_command(target: str, settings: Mapping[str, Any], setup: CommandSetup) -> str:
    """The `cmc t2i` line for the settings of one mode of a decoder."""
    words = setup.command("t2i")
    for key, flag in FLAGS.items():
        if settings.get(key) is not None:
            words += [flag, str(settings[key])]
    if settings.get("dtype") in DTYPES:
        words += ["--dtype", DTYPES[settings["dtype"]]]
    for name, value in {"safety_checker": settings.get("safety_checker"), **settings.get("options", {})}.items():
        if value is True:
            words.append(f"--{name}")
        elif value not in (None, False):
            words += [f"--{name}", str(value)]
    if settings.get("captions"):
        words += ["--input_path", str(setup.root / settings["captions"])]
    if settings.get("references") not in (None, "Ref"):
        words += ["--ref_dir", str(setup.root / settings["references"])]
    if setup.results:
        words += ["--output_path", str(setup.results)]
    if target != settings.get("model"):
        words += ["--result_name", target]
    return shlex.join(words)


def score_command(target: str, settings: Mapping[str, str], setup: CommandSetup) -> str:
    """The `cmc evaluate` line for the settings of a score file."""
    words = [*setup.command("evaluate"), "--target", target, "--fr_order", settings.get("fr_order", "published")]
    if settings.get("dtype") in DTYPES:
        words += ["--dtype", DTYPES[settings["dtype"]]]
    weights = setup.weights.get(settings.get("fr_weights", ""))
    if weights:
        words += ["--model_weight", str(weights)]
    if setup.results:
        words += ["--target_path", str(setup.results)]
    for key in ("metrics", "limit", "images"):
        if key in settings:
            words += [f"--{key}", *settings[key].split()]
    return shlex.join([*words, *(["--compile"] if settings.get("compiled") else [])])
