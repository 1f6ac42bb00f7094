"""The only place where bytes become bits per pixel."""


def bpp(size_in_bytes: int, size: tuple[int, int]) -> float:
    """Bits per ground-truth pixel of a stream; `size` is the ground truth's (width, height)."""
    return 8 * size_in_bytes / (size[0] * size[1])
