"""What an engine is: a loader in, a crew of workers that hold one loaded model out, which keeps the results coming."""

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cmc.core.device import pick_device
from cmc.stages.engine.ledger import Ledger

if TYPE_CHECKING:
    import torch

About = TypeVar("About")
Item = TypeVar("Item")
Loaded = TypeVar("Loaded")
Result = TypeVar("Result")
# Takes the writing of an output, which may be done behind the worker's back; what that raises ends the run.
Write = Callable[[Callable[[], None]], None]


class Worker(ABC, Generic[About, Item, Loaded, Result]):
    """Holds a loaded model. Items, results and what `about` and `answer` return can be pickled.

    in_flight: calls of `work` that may run at once, where an engine can; ahead: items that may wait, read, for their
    turn. What `read` and `work` raise ends the run; what one picture does wrong is part of the result.
    """

    in_flight: int = 1
    ahead: int = 2

    @abstractmethod
    def about(self) -> About:
        """What was loaded, and what the driver must know of it."""

    @abstractmethod
    def read(self, item: Item) -> Loaded:
        """What an item needs from the disk; in any thread, ahead of `work`."""

    @abstractmethod
    def work(self, item: Item, loaded: Loaded, write: Write) -> Result:
        """What comes of an item; files are written through `write`."""

    def answer(self, question: Any) -> Any:
        """A question that only the loaded model can answer."""
        raise NotImplementedError


AnyWorker = Worker[About, Item, Any, Result]


@dataclass(frozen=True)
class Loader(ABC, Generic[About, Item, Result]):
    """Which model, and how to load it; equal loaders load the same. Can be pickled once its plugins are loaded.

    plugins: files that register models of a user's own; device: None where nothing is computed.
    """

    plugins: tuple[Path, ...]
    device: "torch.device | None"

    @property
    @abstractmethod
    def gpus(self) -> float:
        """GPUs that a worker needs by the model's facts, wherever it is loaded."""

    @abstractmethod
    def load(self) -> AnyWorker[About, Item, Result]:
        """Raises CMCError when the model cannot be had."""

    @property
    def gpus_here(self) -> float:
        """GPUs that a worker needs on its device: none on a CPU."""
        return self.gpus if self.device is not None and self.device.type == "cuda" else 0.0


@dataclass(frozen=True)
class Failure:
    """An item that came to nothing, whatever it holds."""

    reason: str


class Crew(ABC, Generic[About, Item, Result]):
    """Workers that hold one loaded model. `ledger`: what they spent; `closed`: they are gone."""

    about: About
    ledger: Ledger
    closed: bool = False

    @abstractmethod
    def map(self, items: Iterable[Item]) -> Iterator[tuple[int, Result | Failure]]:
        """(place among the items, result) as they finish; items are taken one by one, when a worker is free.

        Raises what a worker raised, which hits every item alike. To be read to its end, or closed, before the next.
        """

    @abstractmethod
    def ask(self, question: Any) -> Any:
        """What one of the workers answers. Raises CMCError where it kills them."""

    def close(self) -> None:
        """Let the workers go, at once; what they were at is lost."""
        self.closed = True


class Engine(ABC):
    """Hires crews, and keeps the last one for as long as the same model is asked for."""

    def __init__(self, dollars_per_hour: float | None = None) -> None:
        self.dollars_per_hour = dollars_per_hour
        self._kept: tuple[Any, Any] | None = None

    def crew(self, loader: Loader[About, Item, Result]) -> Crew[About, Item, Result]:
        """Workers with the loader's model. Raises CMCError when it cannot be loaded."""
        if self._kept is not None:
            if self._kept[0] == loader and not self._kept[1].closed:
                return self._kept[1]
            self._let_go()
            gc.collect()  # a model may refer to itself, and there is no room for two
        crew = self._hire(loader)
        self._kept = loader, crew
        return crew

    @abstractmethod
    def _hire(self, loader: Loader[About, Item, Result]) -> Crew[About, Item, Result]:
        """A new crew."""

    def device(self, name: str) -> "torch.device":
        """What `--device` means where the workers are. Raises CMCError for one that is not there."""
        return pick_device(name)

    def device_here(self, name: str) -> "torch.device":
        """What `--device` means in this process."""
        return pick_device(name)

    def close(self) -> None:
        """Let all workers go."""
        self._let_go()

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
