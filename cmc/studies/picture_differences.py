"""How far two pictures of one image are apart, made in two ways that should come to the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.origin import read_origin
from cmc.core.pixel_gap import pixel_gap
from cmc.core.workspace import has_images, list_images


@dataclass(frozen=True)
class PictureDifference:
    """Two pictures, in levels of 255 over all pixels and channels: the largest and the mean absolute difference.

    psnr: in dB, infinite for equal pixels; same_bytes: the files are equal, which those of other settings never are,
    for a picture says what it was made with.
    """

    largest: int
    mean: float
    psnr: float
    same_bytes: bool

    @property
    def same_pixels(self) -> bool:
        """Whether no level differs."""
        return self.largest == 0


@dataclass(frozen=True)
class PicturePairs:
    """The pictures of two folders by key, (first, second); `unpaired`: why others have no partner."""

    pairs: Mapping[str, tuple[Path, Path]]
    unpaired: Mapping[str, str] = field(default_factory=dict)


def pair_pictures(first: Path, second: Path) -> PicturePairs:
    """The pictures that two folders both have."""
    one, other = (list_images(folder) if has_images(folder) else {} for folder in (first, second))
    lacking = {key: f"not in {second if key in one else first}" for key in sorted(one.keys() ^ other.keys())}
    return PicturePairs({key: (path, other[key]) for key, path in one.items() if key in other}, lacking)


def picture_difference(first: Path, second: Path) -> PictureDifference:
    """Raises CMCError where the two cannot be compared: unreadable, of two sizes, or made from other inputs."""
    _check_inputs(first, second)
    data = first.read_bytes(), second.read_bytes()
    images = load_rgb(first, data[0]), load_rgb(second, data[1])
    if images[0].size != images[1].size:
        sizes = " and ".join(f"{image.width}x{image.height}" for image in images)
        raise CMCError(f"of two sizes, {sizes}; decode one of them again")
    gap = pixel_gap(*images)
    return PictureDifference(gap.largest, gap.mean, gap.psnr, data[0] == data[1])


def _check_inputs(first: Path, second: Path) -> None:
    """Raises CMCError for another ground truth, caption or reference: then the pictures differ for that reason."""
    origins = read_origin(first), read_origin(second)
    if origins[0] and origins[1]:
        differences = replace(origins[0], settings=None).differences(origins[1])
        if differences:
            raise CMCError(f"made from {' and '.join(differences)}")
