"""glibc's allocator, told to keep what a network will ask for again at once."""

import ctypes

# Parameters of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def keep_buffers() -> bool:
    """Let freed memory stay with this process instead of going back to the kernel after every layer.

    By default each large activation is mapped, zeroed page by page, and unmapped again. What was the peak of
    memory is then held until the end. True if it took effect; False where the C library has
    no such switch (macOS, Windows, musl).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
