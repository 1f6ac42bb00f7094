"""What every command shares: arguments, plugins, exit codes and errors in one line."""

import argparse
import errno
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cmc.cli.program import program
from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.registry import load_plugin

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")

OK, INCOMPLETE, WRONG, INTERRUPTED = 0, 1, 2, 130
DTYPES = ("auto", "fp32", "fp16", "bf16")


def bare(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser that knows --root alone."""
    made = argparse.ArgumentParser(
        prog=prog, description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False
    )
    made.add_argument("--root", type=Path, default=Path(), help="folder that holds GT, Ref, Text, Result and Weight")
    return made


def parser(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser with the arguments that every command on images has."""
    made = bare(prog, description)
    made.add_argument("--limit", type=_positive, metavar="N", help="only the first N images by name")
    made.add_argument(
        "--allow_partial", action="store_true", help="go on without images that lack a partner; tables say how many"
    )
    made.add_argument(
        "--plugin", type=Path, action="append", default=[], metavar="FILE.py", help="register models of your own"
    )
    return made


def add_targets(made: argparse.ArgumentParser) -> None:
    """Arguments of a command that compares scored targets."""
    made.add_argument("target", nargs="*", metavar="TARGET", help="scored results (default: all that are scored)")
    made.add_argument("--target_path", type=Path, help="folder of results (default: Result)")
    made.add_argument(
        "--model_weight", type=Path, help="the benchmark's weights, to check the scores' (default: Weight)"
    )
    made.add_argument("--allow_partial", action="store_true", help="rank rows over fewer images than the benchmark's")


def add_device(made: argparse.ArgumentParser, half: str = "fp16") -> None:
    """Arguments of a command that runs a network, on a GPU in `half` unless the user says otherwise."""
    made.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    made.add_argument("--dtype", choices=DTYPES, default="auto", help=f"auto is {half} on a GPU and fp32 on a CPU")


def optional(made: argparse.ArgumentParser, flag: str, help: str) -> None:
    """A string flag that may be left empty (`--flag`, `--flag ""`) to mean the default, as the benchmark's README."""
    made.add_argument(flag, nargs="?", const="", default="", help=help)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text!r}")
    return int(text)


def bar(total: int, title: str, done: int = 0) -> "tqdm[Any]":
    """A bar on stderr with the rate and the time left, to be moved by hand; `done` were there before."""
    from tqdm import tqdm

    return tqdm(total=total, initial=done, desc=title, unit="image", dynamic_ncols=True)


def progress(items: Iterable[Item], total: int, title: str, done: int = 0) -> Iterator[Item]:
    """The items, with a `bar` that moves by each."""
    with bar(total, title, done) as shown:
        for item in items:
            yield item
            shown.update()


def workspace(args: argparse.Namespace) -> Workspace:
    """The folders under `--root`. Raises CMCError when there is no such folder."""
    if not args.root.is_dir():
        raise CMCError(f"--root {args.root}: no such folder")
    return Workspace(args.root)


def launch(made: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int], argv: Sequence[str] | None) -> int:
    """Parse, run and turn what a user can mend into one line on stderr and an exit code."""
    # A command is its file in this folder.
    made.prog = program(run.__module__.rpartition(".")[2])
    args = made.parse_args(argv)
    # Libraries would otherwise draw their own bars and advice over ours.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    try:
        for plugin in getattr(args, "plugin", ()):
            load_plugin(plugin)
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


def _say(message: str, code: int) -> int:
    print(f"\n{message}" if code == INTERRUPTED else message, file=sys.stderr)
    return code
