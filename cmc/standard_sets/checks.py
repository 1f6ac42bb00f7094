"""Whether a set that was fetched is whole."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from cmc.core.errors import CMCError, ImageError, lines
from cmc.core.images import probe
from cmc.core.workspace import check_pairs, list_images
from cmc.standard_sets.facts import StandardSet

GROUND_TRUTH, PICTURES = "GT", ("GT", "Ref/image", "Ref/pixel")


def check_set(standard: StandardSet, root: Path, folders: Iterable[str]) -> dict[str, int]:
    """How many pictures lie in each of the `folders` that hold any, ground truths first.

    Raises CMCError, naming them, for pictures that are too few or too many, cannot be read, have no ground truth, or,
    ground truths, another size than those of the set.
    """
    counts = {}
    gts = list_images(root / GROUND_TRUTH)
    for folder in [name for name in PICTURES if name in {GROUND_TRUTH, *folders}]:
        images = list_images(root / folder)
        if len(images) != standard.images:
            remedy = "name another --to, or move what is not of the set away"
            raise CMCError(f"{root / folder} holds {len(images):,} pictures, expected {standard.images:,}; {remedy}")
        check_pairs(f"picture in {root / folder}", list(gts), images, partial=False)
        faults = _faults(images, standard if folder == GROUND_TRUTH else None)
        if faults:
            raise CMCError(f"{len(faults)} picture(s) in {root / folder} are not as they should be:{lines(faults)}")
        counts[folder] = len(images)
    return counts


def _faults(images: Mapping[str, Path], standard: StandardSet | None) -> list[str]:
    """What is wrong with pictures; sizes are looked at where a set is given that has some."""
    faults = []
    for path in images.values():
        try:
            size = probe(path)
        except ImageError as error:
            faults.append(str(error))
            continue
        if standard and standard.sizes and size not in standard.sizes:
            expected = " or ".join(f"{width}x{height}" for width, height in sorted(standard.sizes))
            faults.append(f"{path.name} is {size[0]}x{size[1]}, expected {expected}")
    return faults
