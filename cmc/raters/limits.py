"""How often something may be asked for: a bucket of tokens each, filled steadily."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

# Buckets that are remembered; past that, the oldest are forgotten, and begin full again.
MOST = 10_000


@dataclass
class RateLimit:
    """At most `burst` at once and `rate` a second for each who asks; `clock`: seconds. Safe in threads."""

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, who: Hashable) -> bool:
        """Whether `who` may have one more now; if so, it is taken."""
        with self._lock:
            now = self.clock()
            left, then = self._buckets.pop(who, (self.burst, now))
            left = min(self.burst, left + (now - then) * self.rate)
            allowed = left >= 1
            self._buckets[who] = (left - allowed, now)
            if len(self._buckets) > MOST:
                del self._buckets[next(iter(self._buckets))]
            return allowed
