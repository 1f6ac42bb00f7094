"""A model that is none: workers that square numbers, or do what a number asks for. Quick to start, as it needs no
PyTorch."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar
from weakref import WeakSet

from cmc.core.errors import CMCError, ImageError
from cmc.stages.engine.base import Loader, Worker, Write


@dataclass(frozen=True)
class Task:
    """A number, and a folder that gets a file called as it is; `wish` is what else is to happen."""

    number: int
    folder: Path
    wish: str = ""


class Squares(Worker[int, Task, int, int]):
    """Says which process it is, and whether a number is even."""

    def about(self) -> int:
        return os.getpid()

    def read(self, item: Task) -> int:
        return item.number

    def work(self, item: Task, loaded: int, write: Write) -> int:
        if item.wish:
            WISHES[item.wish]()
        write(partial((item.folder / f"{item.number}.{os.getpid()}").touch))
        return loaded**2

    def answer(self, question: int) -> bool:
        return question % 2 == 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _error() -> None:
    raise CMCError("the key is wrong")


def _bad_image() -> None:
    raise ImageError("a.png is damaged")


def _full_disk() -> None:
    raise OSError(28, "No space left on device", "Result/a.png")


def _fault() -> None:
    raise ZeroDivisionError("of nobody's making")


WISHES: dict[str, Callable[[], None]] = {
    "die": _die,
    "error": _error,
    "bad image": _bad_image,
    "full disk": _full_disk,
    "fault": _fault,
}


@dataclass(frozen=True)
class SquaresLoader(Loader[int, Task, int]):
    """`wish`: what happens at loading."""

    wish: str = ""

    @property
    def gpus(self) -> float:
        return 1.0

    def load(self) -> Squares:
        if self.wish:
            WISHES[self.wish]()
        return Squares()


def loader(wish: str = "") -> SquaresLoader:
    """On no device."""
    return SquaresLoader((), None, wish)


class Selfish(Squares):
    """Refers to itself, as pipelines do, so that nobody's letting go of it frees it."""

    def __init__(self) -> None:
        self.own = self


@dataclass(frozen=True)
class SelfishLoader(Loader[int, Task, int]):
    """Notes how many of its workers are in memory when the next one loads."""

    workers: ClassVar[WeakSet[Selfish]] = WeakSet()
    alive_at_load: ClassVar[list[int]] = []

    name: str

    @property
    def gpus(self) -> float:
        return 0.0

    def load(self) -> Selfish:
        self.alive_at_load.append(len(self.workers))
        worker = Selfish()
        self.workers.add(worker)
        return worker
