"""Work done ahead of, or behind, the main loop in threads, with a bounded number in flight."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetched(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int, depth: int
) -> Iterator[tuple[Item, Result]]:
    """(item, work(item)) in order, computed by `workers` threads at most `depth` items ahead of the reader."""
    pool = ThreadPoolExecutor(workers)
    pending: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            pending.append((item, pool.submit(work, item)))
            if len(pending) > depth:
                first, future = pending.popleft()
                yield first, future.result()
        while pending:
            first, future = pending.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class BackgroundWriter(Generic[Item]):
    """Runs `work(item)` in threads behind the caller; its first error is raised at the next `put` or at the end."""

    def __init__(self, work: Callable[[Item], None], workers: int = 2, depth: int = 16) -> None:
        self._work, self._depth = work, depth
        self._pool = ThreadPoolExecutor(workers)
        self._pending: deque[Future[None]] = deque()

    def put(self, item: Item) -> None:
        """Queue an item; waits while more than `depth` are under way."""
        self._pending.append(self._pool.submit(self._work, item))
        while self._pending and (self._pending[0].done() or len(self._pending) > self._depth):
            self._pending.popleft().result()

    def flush(self) -> None:
        """Wait until all is done."""
        while self._pending:
            self._pending.popleft().result()

    def __enter__(self) -> "BackgroundWriter[Item]":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(wait=True)
        if error is None:
            self.flush()
