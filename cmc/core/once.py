"""What is computed when it is first asked for, in whichever thread that is."""

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def once(function: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
    """Keep each value that a function gives, and let other threads wait for it: `functools.cache` alone would let every
    thread that comes early compute (load, unpack) one of its own."""
    kept, lock = cache(function), threading.RLock()

    @wraps(function)
    def locked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        with lock:
            return kept(*args, **kwargs)  # type: ignore[arg-type]

    return locked
