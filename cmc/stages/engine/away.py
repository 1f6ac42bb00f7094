"""The driver's side of workers that can die: each has one item in flight, and an item that kills them fails by name."""

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic

from cmc.core.errors import CMCError
from cmc.stages.engine.base import About, Crew, Failure, Item, Result
from cmc.stages.engine.host import Reply
from cmc.stages.engine.ledger import Ledger

# Workers that an item may kill before it is given up.
TRIES = 3
KILLED = "killed its worker three times"
# Workers that may die one after the other while they load the model: before one has loaded it, when it is to blame, and
# after, when it is somebody else.
MOST_LOST, MOST_LOST_LATER = 10, 100


class WorkerDiedError(Exception):
    """A worker is gone, and what it was at with it."""


class Remote(ABC):
    """A worker's place: who is there may die, and another takes it."""

    @abstractmethod
    def send(self, method: str, *argument: object) -> None:
        """Call a method of its `Host`; a dead one is told of by `receive`."""

    @abstractmethod
    def receive(self) -> Reply:
        """What came of the call, when it is there. Raises WorkerDiedError."""

    @abstractmethod
    def revive(self) -> None:
        """See that there is a worker again, nothing loaded, after one has died."""

    @abstractmethod
    def kill(self) -> None:
        """End it for good."""


# The first of some places, at least one, that have something to receive.
Wait = Callable[[Sequence[Remote]], Sequence[Remote]]


class _Queue(Generic[Item]):
    """Items with their places, taken one by one; those of the dead come first."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items, self._waiting = enumerate(items), deque[tuple[int, Item]]()
        self._deaths: Counter[int] = Counter()

    def __bool__(self) -> bool:
        """Whether there is one to take."""
        if not self._waiting:
            following = next(self._items, None)
            self._waiting.extend([] if following is None else [following])
        return bool(self._waiting)

    def take(self) -> tuple[int, Item]:
        """The next."""
        return self._waiting.popleft()

    def give_back(self, place: int, item: Item) -> bool:
        """After its worker died; False when it is not to be tried again."""
        self._deaths[place] += 1
        if self._deaths[place] < TRIES:
            self._waiting.appendleft((place, item))
        return self._deaths[place] < TRIES


class AwayCrew(Crew[About, Item, Result]):
    """Workers at several places, loading side by side; the first one loaded says what it loaded."""

    def __init__(self, remotes: Sequence[Remote], wait: Wait, ledger: Ledger) -> None:
        self._remotes, self._wait, self.ledger = remotes, wait, ledger
        self._idle: list[Remote] = []
        self._loading: set[Remote] = set()
        self._busy: dict[Remote, tuple[int, Any]] = {}
        self._lost, self._most_lost = 0, MOST_LOST
        try:
            with ledger.running():
                for remote in remotes:
                    self._load(remote)
                while not self._idle:
                    self._await_loaded()
        except BaseException:
            self.close()
            raise

    @property
    def loading(self) -> int:
        """Workers that are not there yet, or not again."""
        return len(self._loading)

    def _load(self, remote: Remote) -> None:
        self._loading.add(remote)
        remote.send("about")

    def _await_loaded(self) -> None:
        for remote in self._wait([*self._loading]):
            self._hear_loaded(remote)

    def _hear_loaded(self, remote: Remote) -> None:
        try:
            reply = remote.receive()
        except WorkerDiedError:
            self._lost += 1
            if self._lost > self._most_lost:
                raise CMCError(
                    f"{self._lost} workers died one after the other while they loaded the model; "
                    "see whether the memory suffices, and ask for fewer with --workers"
                ) from None
            remote.revive()
            remote.send("about")
            return
        self._loading.remove(remote)
        self.about = self._result(reply)
        self._idle.append(remote)
        self._lost, self._most_lost = 0, MOST_LOST_LATER

    def _result(self, reply: Reply) -> Any:
        if reply.error is not None:
            raise reply.error
        if reply.spent is not None:
            self.ledger.add(reply.spent)
        return reply.result

    def map(self, items: Iterable[Item]) -> Iterator[tuple[int, Result | Failure]]:
        return self._results("work", items)

    def ask(self, question: Any) -> Any:
        ((_, answer),) = self._results("answer", [question])
        if isinstance(answer, Failure):
            raise CMCError(f"a question to the model {answer.reason}; see whether the memory suffices")
        return answer

    def _results(self, method: str, items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        queue = _Queue(items)
        try:
            with self.ledger.running():
                while queue or self._busy:
                    while self._idle and queue:
                        self._hand_out(method, *queue.take())
                    for remote in self._wait([*self._loading, *self._busy]):
                        yield from self._hear(remote, queue)
        except BaseException:
            # Nobody may go on writing once the driver has left.
            self.close()
            raise

    def _hand_out(self, method: str, place: int, item: Any) -> None:
        remote = self._idle.pop(0)
        self._busy[remote] = (place, item)
        remote.send(method, item)

    def _hear(self, remote: Remote, queue: _Queue[Any]) -> Iterator[tuple[int, Any]]:
        if remote in self._loading:
            self._hear_loaded(remote)
            return
        place, item = self._busy.pop(remote)
        try:
            reply = remote.receive()
        except WorkerDiedError:
            remote.revive()
            self._load(remote)
            if not queue.give_back(place, item):
                yield place, Failure(KILLED)
            return
        result = self._result(reply)
        self._idle.append(remote)
        self._lost = 0
        yield place, result

    def close(self) -> None:
        if not self.closed:
            for remote in self._remotes:
                remote.kill()
        super().close()
