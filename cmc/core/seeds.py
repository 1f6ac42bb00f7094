"""One random generator an image: what it becomes never depends on its neighbours."""

import hashlib


def seed_for(seed: int, key: str) -> int:
    """A 63-bit seed from the run's seed and the image's key."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
