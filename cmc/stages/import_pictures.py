"""Reconstructions that another program made, as a result like any other: PNGs with their origin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.images import is_lossless, load_rgb, save_png
from cmc.core.origin import UNKNOWN, Origin, read_origin, settings_digest
from cmc.core.run_file import Sections, claim
from cmc.stages.stated_bits import FILE, StatedBits, write_stated

MODEL = "imported"
# Who states bits where nobody is named.
AUTHOR = "their author"


@dataclass(frozen=True)
class ImportSettings:
    """What an imported result is: its mode, who states its bits and in which unit (both None of one without rates)."""

    mode: str
    stated_by: str | None = None
    unit: str | None = None

    def sections(self) -> Sections:
        """What pictures depend on, for the run file."""
        stated = {"stated_by": self.stated_by, "unit": self.unit}
        return {"settings": {"model": MODEL, "mode": self.mode, **stated, "captions": None, "references": None}}

    def claim(self, folder: Path, overwrite: bool) -> None:
        """Claim a result's folder, or refuse to mix two settings in it (CMCError)."""
        outputs = [*sorted(folder.glob("*.png")), *folder.glob(FILE)]
        claim(folder / "run.json", self.sections(), outputs, overwrite=overwrite, remedy="or another --name")


@dataclass(frozen=True)
class Reconstruction:
    """A picture of another program, the ground truth that it is of, and what it cost, None where nobody says."""

    source: Path
    gt: Path
    stated: StatedBits | None = None

    def fault(self, digests: FileDigests) -> str:
        """Why it cannot be scored for what its program made; "" where it can."""
        try:
            if not is_lossless(self.source):
                return "it is of a lossy kind, so not what the program made; save that as PNG"
            found, expected = digests.size(self.source), digests.size(self.gt)
        except CMCError as error:
            return str(error)
        if found != expected:
            return f"it is {found[0]}x{found[1]}, expected its ground truth's {expected[0]}x{expected[1]}"
        return ""


@dataclass(frozen=True)
class ImportedPicture:
    """A picture that is in the result now; `stale`: what the one that lay there was made from, "" where there was none
    or it was left as it was; `error`: why there is none."""

    name: str
    stale: str = ""
    error: str = ""


def import_pictures(
    pictures: Mapping[str, Reconstruction],
    folder: Path,
    settings: ImportSettings,
    digests: FileDigests,
    overwrite: bool = False,
) -> Iterator[ImportedPicture]:
    """Fill `folder`, in order, and keep the bits that are stated; what is there of the same is left as it is, unless
    `overwrite`. A picture that cannot be read comes back with `error`."""
    stated = {key: picture.stated for key, picture in pictures.items() if picture.stated}
    if stated:
        write_stated(folder, stated)
    made_by = settings_digest(settings.sections())
    for key, picture in pictures.items():
        path = folder / f"{key}.png"
        stream = picture.stated.digest if picture.stated else ""
        origin = Origin(settings=made_by, gt=digests.of_file(picture.gt), stream=stream)
        try:
            stale = _stale(path, picture.source, origin, digests) if path.is_file() else ""
            if not path.is_file() or stale or overwrite:
                save_png(path, load_rgb(picture.source), origin)
        except CMCError as error:
            path.unlink(missing_ok=True)
            yield ImportedPicture(key, error=str(error))
        else:
            yield ImportedPicture(key, stale)


def _stale(path: Path, source: Path, now: Origin, digests: FileDigests) -> str:
    origin = read_origin(path)
    if origin is None:
        return f"something unknown ({UNKNOWN})"
    differences = origin.differences(now)
    if digests.of_picture(path) != digests.of_pixels(source):
        differences.append("another picture")
    return " and ".join(differences)
