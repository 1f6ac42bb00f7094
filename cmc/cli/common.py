"""What every command shares: plugins, bars, exit codes and errors in one line."""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cmc.cli.arguments import add_plugin
from cmc.core.errors import CMCError, lines
from cmc.core.facts import ModelFacts
from cmc.core.quiet import quiet_libraries
from cmc.core.workspace import Workspace
from cmc.registry import load_plugins

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")

OK, INCOMPLETE, WRONG, INTERRUPTED = 0, 1, 2, 130


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
    return model_dir(args, space) or facts.checkpoint_in(space.root)


def model_dir(args: argparse.Namespace, space: Workspace) -> str:
    """What --model_dir names, also seen from the root; "" where it is not given."""
    under = space.root / args.model_dir
    if not args.model_dir:
        return ""
    return str(under) if under.is_dir() and not Path(args.model_dir).exists() else args.model_dir


def launch(
    build_parser: Callable[[], argparse.ArgumentParser],
    run: Callable[[argparse.Namespace], int],
    argv: Sequence[str] | None,
) -> int:
    """Parse, run and turn what a user can mend into one line on stderr and an exit code.

    Plugins come first, so that their names and options stand in --help.
    """
    quiet_libraries()
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


def run_way(args: argparse.Namespace) -> int:
    """Of a tool with several ways, the one that was asked for: each way's parser names its own `run`."""
    code: int = args.run(args)
    return code


def _leave_stdout() -> None:
    """Whatever is still to be printed goes nowhere, or the interpreter would complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plugins(argv: Sequence[str] | None) -> list[Path]:
    """The files that --plugin names, before anything else of the command is known."""
    plugin_parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_plugin(plugin_parser)
    known, _ = plugin_parser.parse_known_args(argv)
    return known.plugin


def _say(message: str, code: int) -> int:
    print(f"\n{message}" if code == INTERRUPTED else message, file=sys.stderr)
    return code
