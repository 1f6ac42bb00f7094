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
from typing import TYPE_CHECKING, Any, TypeVar

from cmc.cli.program import program
from cmc.core import facts
from cmc.core.errors import CMCError
from cmc.core.facts import Value
from cmc.core.workspace import Workspace
from cmc.registry import Registry, load_plugins

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")

OK, INCOMPLETE, WRONG, INTERRUPTED = 0, 1, 2, 130
DTYPES = ("auto", "fp32", "fp16", "bf16")


def bare_parser(tool: str, description: str) -> argparse.ArgumentParser:
    """A parser without flags, named as the user called the tool."""
    return argparse.ArgumentParser(
        prog=program(tool),
        description=description,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )


def parser(tool: str, description: str) -> argparse.ArgumentParser:
    """A parser that knows --root alone."""
    bare = bare_parser(tool, description)
    bare.add_argument("--root", type=Path, default=Path(), help="folder that holds GT, Ref, Text, Result and Weight")
    return bare


def add_plugin(target: argparse.ArgumentParser) -> None:
    """--plugin, of a command that models, metrics or codecs of a user's own have a place in; `launch` heeds it."""
    target.add_argument(
        "--plugin", type=Path, action="append", default=[], metavar="FILE.py", help="register what is your own"
    )


def add_limit(target: argparse.ArgumentParser) -> None:
    """--limit, of a command that goes through images."""
    target.add_argument("--limit", type=positive, metavar="N", help="only the first N images by name")


def add_partial(target: argparse.ArgumentParser, help: str) -> None:
    """--allow_partial, of a command that pairs images; `help` says what it goes on without."""
    target.add_argument("--allow_partial", action="store_true", help=help)


def add_targets(target: argparse.ArgumentParser) -> None:
    """Arguments of a command that compares scored targets."""
    target.add_argument("target", nargs="*", metavar="TARGET", help="scored results (default: all that are scored)")
    target.add_argument("--target_path", type=Path, help="folder of results (default: Result)")
    target.add_argument(
        "--model_weight", type=Path, help="the benchmark's weights, to check the scores' (default: Weight)"
    )
    add_partial(target, "rank rows over fewer images than the benchmark's")


def add_device(target: argparse.ArgumentParser, half: str = "fp16") -> None:
    """Arguments of a command that runs a network, on a GPU in `half` unless the user says otherwise."""
    target.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    target.add_argument("--dtype", choices=DTYPES, default="auto", help=f"auto is {half} on a GPU and fp32 on a CPU")


def add_workers(target: argparse.ArgumentParser, help: str) -> None:
    """--workers, of a command that works on several images at once."""
    target.add_argument("--workers", type=positive, default=os.cpu_count() or 1, help=help)


def add_optional(target: argparse.ArgumentParser, flag: str, help: str) -> None:
    """A string flag that may be left empty (`--flag`, `--flag ""`) to mean the default, as the benchmark's README."""
    target.add_argument(flag, nargs="?", const="", default="", help=help)


def add_options(target: argparse.ArgumentParser, registry: Registry[Any]) -> None:
    """A flag for every option of the registered names. Raises CMCError for one that the command has already."""
    group = target.add_argument_group("options of some models")
    for name, option in registry.options().items():
        try:
            if option.type is bool:
                group.add_argument(f"--{name}", action="store_const", const=True, help=option.help)
            else:
                group.add_argument(f"--{name}", type=_told(option.type), help=option.help)
        except argparse.ArgumentError as error:
            raise CMCError(f"the option {name!r} of a plugin is a flag of this command; call it otherwise") from error


def given_options(args: argparse.Namespace, registry: Registry[Any]) -> dict[str, Value]:
    """The flags of `add_options` that were given."""
    values = {name: getattr(args, name) for name in registry.options()}
    return {name: value for name, value in values.items() if value is not None}


def _told(convert: Callable[[str], Value]) -> Callable[[str], Value]:
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


def bar(total: int, title: str, done: int = 0) -> "tqdm[Any]":
    """A bar on stderr with the rate and the time left, to be moved by hand; `done` were there before."""
    from tqdm import tqdm

    return tqdm(total=total, initial=done, desc=title, unit="image", dynamic_ncols=True)


def words_above_bar() -> AbstractContextManager[None]:
    """What the package logs meanwhile (a server that keeps it waiting) goes to stderr, above the bar."""
    import logging

    from tqdm.contrib.logging import logging_redirect_tqdm

    redirect: AbstractContextManager[None] = logging_redirect_tqdm([logging.getLogger("cmc")])
    return redirect


def progress(items: Iterable[Item], total: int, title: str, done: int = 0) -> Iterator[Item]:
    """The items, with a `bar` that moves by each."""
    with bar(total, title, done) as shown:
        for item in items:
            yield item
            shown.update()


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
        return run(args)
    except KeyboardInterrupt:
        return _say("stopped; the same command goes on where it was", INTERRUPTED)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except CMCError as error:
        return _say(f"error: {error}", WRONG)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        where = f" ({error.filename})" if error.filename else ""
        return _say(f"error: {error.strerror}{where}; mend that, then the same command goes on where it was", WRONG)


def _plugins(argv: Sequence[str] | None) -> list[Path]:
    """The files that --plugin names, before anything else of the command is known."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_plugin(first)
    return first.parse_known_args(argv)[0].plugin


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
