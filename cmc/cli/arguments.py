"""Arguments that several commands take, each defined once."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path

from cmc.cli.program import program
from cmc.core import facts
from cmc.core.choice import Choice, read_choice
from cmc.core.errors import CMCError
from cmc.core.facts import CodecFacts, DecoderFacts, EncoderFacts, Value
from cmc.registry import Registry

ModelRegistry = Registry[EncoderFacts] | Registry[DecoderFacts] | Registry[CodecFacts]

DTYPES = ("auto", "fp32", "fp16", "bf16")


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """States the default where there is one and the explanation does not."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        stated = "(default: " in (action.help or "")
        nothing = action.default in (None, "", []) or action.default is False
        return action.help if stated or nothing else super()._get_help_string(action)


def bare_parser(tool: str, description: str) -> argparse.ArgumentParser:
    """A parser without flags, named as the user called the tool."""
    return argparse.ArgumentParser(
        prog=program(tool),
        description=description,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def parser(tool: str, description: str) -> argparse.ArgumentParser:
    """A parser that knows --root alone."""
    command = bare_parser(tool, description)
    _add_root(command)
    return command


def _add_root(command: argparse.ArgumentParser) -> None:
    command.add_argument("--root", type=Path, default=Path(), help="folder that holds GT, Ref, Text, Result and Weight")


def subcommand(ways: "argparse._SubParsersAction", tool: str, description: str) -> argparse.ArgumentParser:
    """A parser of `cmc <tool> <way>` that knows --root alone; `tool`: both words."""
    command: argparse.ArgumentParser = ways.add_parser(
        tool.rsplit(maxsplit=1)[-1],
        prog=program(tool),
        help=description,
        description=description,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    _add_root(command)
    return command


def add_plugin(command: argparse.ArgumentParser) -> None:
    """--plugin, of a command that models, metrics or codecs of a user's own have a place in; `launch` heeds it."""
    command.add_argument(
        "--plugin", type=Path, action="append", default=[], metavar="FILE.py", help="register what is your own"
    )


def add_limit(command: argparse.ArgumentParser) -> None:
    """--limit, of a command that goes through images."""
    command.add_argument("--limit", type=positive, metavar="N", help="only the first N images by name")


def add_choice(command: argparse.ArgumentParser) -> None:
    """--limit and --images, of a command that goes through the images in GT."""
    add_limit(command)
    add_path(command, "--images", "only the images that this file names, one a line")


def choice(args: argparse.Namespace) -> Choice:
    """What `add_choice` was told; the list may lie here or under the root."""
    path = args.images
    if path is not None and not path.is_file():
        path = args.root / path
        if not path.is_file():
            raise CMCError(f"--images {args.images}: no such file, here or in {args.root}")
    return read_choice(path, args.limit)


def add_partial(command: argparse.ArgumentParser, explanation: str) -> None:
    """--allow_partial, of a command that pairs images; `explanation` says what it goes on without."""
    command.add_argument("--allow_partial", action="store_true", help=explanation)


def add_targets(command: argparse.ArgumentParser) -> None:
    """Arguments of a command that compares scored targets."""
    command.add_argument("target", nargs="*", metavar="TARGET", help="scored results (default: all that are scored)")
    add_path(command, "--target_path", "folder of results (default: Result)")
    add_path(command, "--model_weight", "the benchmark's weights, to check the scores' (default: Weight)")
    add_partial(command, "rank rows over fewer images than the benchmark's")


def add_device(command: argparse.ArgumentParser, half: str = "fp16") -> None:
    """Arguments of a command that runs a network, on a GPU in `half` unless the user says otherwise."""
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    command.add_argument("--dtype", choices=DTYPES, default="auto", help=f"auto is {half} on a GPU and fp32 on a CPU")


def add_workers(command: argparse.ArgumentParser, explanation: str) -> None:
    """--workers, of a command that works on several images at once."""
    command.add_argument("--workers", type=positive, default=os.cpu_count() or 1, help=explanation)


def add_engine(command: argparse.ArgumentParser, captions: bool = False) -> None:
    """Where a step's models are loaded, and at what price; `cmc.cli.engines` heeds it. captions: vLLM may make them."""
    engines = {"local": "this computer", "ray": "a Ray cluster"}
    if captions:
        engines["vllm"] = "this process, but by vLLM (docs/captions.md)"
    group = command.add_argument_group("workers (docs/cluster.md)")
    said = "; ".join(f"{name}: {what}" for name, what in engines.items())
    group.add_argument("--engine", type=str if captions else _no_vllm, choices=engines, default="local", help=said)
    group.add_argument(
        "--workers",
        type=positive,
        nargs="?",
        const=0,
        metavar="N",
        help="processes that load the model, each on a GPU of its own; without N as many as there is room for "
        "(default: this process alone; with ray, as many as there is room for)",
    )
    group.add_argument("--ray_address", metavar="HOST:PORT", help="of a running cluster, or auto (default: start one)")
    group.add_argument(
        "--dollars_per_hour", type=_price, metavar="X", help="what a worker's hour costs, for the cost in run.json"
    )


def _no_vllm(text: str) -> str:
    if text == "vllm":
        raise argparse.ArgumentTypeError("vllm makes captions alone, by cmc i2t; choose local or ray")
    return text


def add_price(command: argparse.ArgumentParser) -> None:
    """--dollars_per_hour, of a command that shows what results cost."""
    command.add_argument(
        "--dollars_per_hour", type=_price, metavar="X", help="what a worker's hour costs, for runs that state no price"
    )


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError(f"expected dollars from 0, found {text!r}")
    return price


def add_optional(command: argparse.ArgumentParser, flag: str, explanation: str) -> None:
    """A string flag that may be left empty (`--flag`, `--flag ""`) to mean the default, as the benchmark's README."""
    command.add_argument(flag, nargs="?", const="", default="", help=explanation)


def add_path(command: argparse.ArgumentParser, flag: str, explanation: str) -> None:
    """A flag for a file or folder that may be left empty to mean the default (None), as the benchmark's scripts do."""
    command.add_argument(flag, type=_path, nargs="?", metavar="PATH", help=explanation)


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def add_options(command: argparse.ArgumentParser, registry: ModelRegistry) -> None:
    """A flag for every option of the registered names. Raises CMCError for one that the command has already."""
    group = command.add_argument_group("options of some models")
    for name, option in registry.options().items():
        try:
            if option.type is bool:
                group.add_argument(f"--{name}", action="store_const", const=True, help=option.help)
            else:
                group.add_argument(f"--{name}", type=_with_own_message(option.type), help=option.help)
        except argparse.ArgumentError as error:
            raise CMCError(f"the option {name!r} of a plugin is a flag of this command; call it otherwise") from error


def given_options(args: argparse.Namespace, registry: ModelRegistry) -> dict[str, Value]:
    """The flags of `add_options` that were given."""
    values = {name: getattr(args, name) for name in registry.options()}
    return {name: value for name, value in values.items() if value is not None}


def _with_own_message(convert: Callable[[str], Value]) -> Callable[[str], Value]:
    """`convert` with its own words where it refuses a text, which argparse would swallow."""

    def parse(text: str) -> Value:
        try:
            return convert(text)
        except ValueError as error:
            if convert in (int, float):
                raise
            raise argparse.ArgumentTypeError(str(error)) from error

    parse.__name__ = getattr(convert, "__name__", "value")
    return parse


def finite(text: str) -> float:
    """A number, as an argument's type: neither nan nor inf, which compare with no other as numbers do."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"expected a number, found {text!r}")
    return number


def positive(text: str) -> int:
    """A whole number from 1, as an argument's type."""
    try:
        return facts.positive(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
