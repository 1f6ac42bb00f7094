"""What every command shares: arguments, plugins, exit codes and errors in one line."""

import argparse
import errno
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cmc.cli.program import program
from cmc.core import facts
from cmc.core.errors import CMCError, lines
from cmc.core.facts import DecoderFacts, EncoderFacts, ModelFacts, Value
from cmc.core.workspace import Workspace
from cmc.registry import Registry, load_plugins

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")
ModelRegistry = Registry[EncoderFacts] | Registry[DecoderFacts]

OK, INCOMPLETE, WRONG, INTERRUPTED = 0, 1, 2, 130
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
    command.add_argument("--root", type=Path, default=Path(), help="folder that holds GT, Ref, Text, Result and Weight")
    return command


def add_plugin(command: argparse.ArgumentParser) -> None:
    """--plugin, of a command that models, metrics or codecs of a user's own have a place in; `launch` heeds it."""
    command.add_argument(
        "--plugin", type=Path, action="append", default=[], metavar="FILE.py", help="register what is your own"
    )


def add_limit(command: argparse.ArgumentParser) -> None:
    """--limit, of a command that goes through images."""
    command.add_argument("--limit", type=positive, metavar="N", help="only the first N images by name")


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


def positive(text: str) -> int:
    """A whole number from 1, as an argument's type."""
    try:
        return facts.positive(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def bar(total: int, title: str, done: int = 0, delay: float = 0) -> "tqdm":
    """A bar on stderr with the rate and the time left, to be moved by hand; `done` were there before; it shows after
    `delay` seconds."""
    from tqdm import tqdm

    return tqdm(total=total, initial=done, desc=title, unit="image", dynamic_ncols=True, delay=delay)


def words_above_bar() -> AbstractContextManager[None]:
    """What the package logs meanwhile (a server that keeps it waiting) goes to stderr, above the bar."""
    import logging

    from tqdm.contrib.logging import logging_redirect_tqdm

    redirect: AbstractContextManager[None] = logging_redirect_tqdm([logging.getLogger("cmc")])
    return redirect


def progress(items: Iterable[Item], total: int, title: str, done: int = 0, delay: float = 0) -> Iterator[Item]:
    """The items, with a `bar` that moves by each."""
    with bar(total, title, done, delay) as progress_bar:
        for item in items:
            yield item
            progress_bar.update()


def print_failures(failed: Mapping[str, str] | Mapping[Path, str], told: str = "") -> None:
    """How many failed, and the first of them with why, one a line; `told`: where all of them stand."""
    where = f" ({told} says why)" if told else ""
    listed = lines((f"{name}: {reason}" for name, reason in failed.items()), indent="    ")
    print(f"  {len(failed)} failed{where}:{listed}")


def facts_table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of equal columns as text; a column that is empty throughout is left out."""
    from tabulate import tabulate

    columns = [column for column in rows[0] if any(row[column] for row in rows)]
    return tabulate([[row[column] for column in columns] for row in rows], columns, disable_numparse=True)


def workspace(args: argparse.Namespace) -> Workspace:
    """The folders under `--root`. Raises CMCError when there is no such folder."""
    if not args.root.is_dir():
        raise CMCError(f"--root {args.root}: no such folder")
    return Workspace(args.root)


def checkpoint(args: argparse.Namespace, space: Workspace, facts: ModelFacts) -> str:
    """What --model_dir names, also seen from the root; else the model's own."""
    under = space.root / args.model_dir
    if not args.model_dir:
        return facts.checkpoint_in(space.root)
    return str(under) if under.is_dir() and not Path(args.model_dir).exists() else args.model_dir


def launch(
    build_parser: Callable[[], argparse.ArgumentParser],
    run: Callable[[argparse.Namespace], int],
    argv: Sequence[str] | None,
) -> int:
    """Parse, run and turn what a user can mend into one line on stderr and an exit code.

    Plugins come first, so that their names and options stand in --help.
    """
    _quiet_libraries()
    try:
        load_plugins(_plugins(argv))
        args = build_parser().parse_args(argv)
        code = run(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _say("stopped; the same command goes on where it was", INTERRUPTED)
    except BrokenPipeError:  # `| head` has read enough
        _leave_stdout()
        return OK
    except CMCError as error:
        return _say(f"error: {error}", WRONG)
    except OSError as error:
        where = error.filename2 or error.filename
        if where is None and error.errno == errno.ENOSPC:  # writers name their files, so it is what was printed
            where = "standard output"
            _leave_stdout()
        if where is None or error.strerror is None:
            raise
        return _say(f"error: {where}: {error.strerror}; mend that, then the same command goes on where it was", WRONG)


def _leave_stdout() -> None:
    """Whatever is still to be printed goes nowhere, or the interpreter would complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plugins(argv: Sequence[str] | None) -> list[Path]:
    """The files that --plugin names, before anything else of the command is known."""
    plugin_parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_plugin(plugin_parser)
    known, _ = plugin_parser.parse_known_args(argv)
    return known.plugin


def _quiet_libraries() -> None:
    """Libraries would otherwise draw their own bars and advice over ours."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    # Pixels are counted by `core.images`; a filter set there would not be safe in threads.
    warnings.filterwarnings("ignore", message="Image size .* exceeds limit", module="PIL")


def _say(message: str, code: int) -> int:
    print(f"\n{message}" if code == INTERRUPTED else message, file=sys.stderr)
    return code
