import threading

import pytest

from cmc.core.prefetch import BackgroundWriter, prefetched


def test_ahead_keeps_order_and_bounds_what_is_in_flight() -> None:
    started, read = 0, 0
    lock, most = threading.Lock(), 0

    def work(item: int) -> int:
        nonlocal started, most
        with lock:
            started += 1
            most = max(most, started - read)
        return item * item

    for item, result in prefetched(work, range(50), workers=3, depth=4):
        assert result == item * item
        with lock:
            read += 1
    assert read == 50
    assert most <= 4 + 2


def test_ahead_raises_the_error_in_its_place() -> None:
    results = prefetched(lambda item: 1 // item, [1, 0, 1], workers=2, depth=2)
    assert next(results) == (1, 1)
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_behind_finishes_everything_and_raises_at_the_end() -> None:
    done: list[int] = []
    with BackgroundWriter(done.append) as writer:
        for item in range(40):
            writer.put(item)
    assert sorted(done) == list(range(40))

    def fail(item: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), BackgroundWriter(fail) as writer:
        writer.put(1)
