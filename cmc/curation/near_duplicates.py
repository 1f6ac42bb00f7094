"""Of pictures that look the same, which one stays."""

from collections.abc import Sequence

import numpy as np

from cmc.curation.candidates import Candidate


def near_duplicates(best_first: Sequence[Candidate], most: int) -> dict[str, str]:
    """By file: why one goes whose hash differs in `most` bits or fewer from that of one before it that stays."""
    hashes = np.array([int(candidate.measures.hash, 16) for candidate in best_first], np.uint64)
    stay: list[int] = []
    reasons = {}
    for place, candidate in enumerate(best_first):
        distances = np.bitwise_count(hashes[stay] ^ hashes[place])
        if distances.size and distances.min() <= most:
            twin = best_first[stay[int(distances.argmin())]]
            vetoed = ", which is vetoed" if twin.veto else ""
            reasons[candidate.file] = f"near-duplicate: of {twin.file}{vetoed}, {distances.min()} of 64 bits differ"
        else:
            stay.append(place)
    return reasons
