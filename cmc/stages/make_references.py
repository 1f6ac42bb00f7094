"""References from ground truth: `Ref/pixel` grids and `Ref/image` codec pictures, each with the stream it came from."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from cmc.codecs import pixelgrid
from cmc.codecs.base import Coded, check_qp
from cmc.codecs.grid_geometry import BENCHMARK, PixelGrid
from cmc.core.digests import FileDigests
from cmc.core.facts import CodecFacts, Value
from cmc.core.origin import settings_digest
from cmc.core.run_file import Sections, claim
from cmc.registry import Entry
from cmc.stages.code_images import CodedFolder, CodedImage, Coder, code_images
from cmc.stages.reference_codec import create_codec, loaded_weights

# Of VVC in the benchmark (CMC-Bench, appendix, on table A1).
QP = 53


@dataclass(frozen=True)
class ReferenceKind:
    """How the pictures of one folder under Ref are made: the streams' suffix, the settings in `run.json`, the coder,
    and of a learned codec what was loaded."""

    suffix: str
    settings: Mapping[str, object]
    code: Coder
    loaded: Mapping[str, object] = field(default_factory=dict)

    def claim(self, folder: Path, overwrite: bool) -> None:
        """Refuse to mix references of other settings, the released ones among them, with these (CMCError)."""
        pictures = sorted(folder.glob("*.png"))
        claim(folder / "run.json", self._sections, pictures, overwrite=overwrite, remedy="or another --ref_dir")

    def make(
        self, images: Mapping[str, Path], folder: Path, digests: FileDigests, workers: int, overwrite: bool = False
    ) -> Iterator[CodedImage]:
        """Fill `folder` with references and their streams, as `code_images`."""
        coded = CodedFolder(folder, folder, self.suffix, settings_digest(self._sections))
        return code_images(images, coded, self.code, digests, workers, overwrite=overwrite)

    @property
    def _sections(self) -> Sections:
        return {"settings": self.settings} | ({"loaded": self.loaded} if self.loaded else {})


def pixel_kind(grid: PixelGrid = BENCHMARK) -> ReferenceKind:
    """Blocks of a grid, in plain bits."""

    def code(key: str, image: Image.Image) -> tuple[int | None, Coded]:
        start = time.perf_counter()
        stream = pixelgrid.pack(pixelgrid.to_levels(image, grid), grid)
        encoded = time.perf_counter()
        picture = pixelgrid.to_image(pixelgrid.unpack(stream, image.size, grid), grid)
        return None, Coded(stream, picture, encoded - start, time.perf_counter() - encoded)

    return ReferenceKind(grid.suffix, grid.settings(), code)


def codec_kind(entry: Entry[CodecFacts], qp: int, checkpoint: str = "", **options: Value) -> ReferenceKind:
    """Pictures of a codec at a setting, of a learned one by a checkpoint if named, with options of its own. Raises
    CMCError for a setting or an option that it has not."""
    entry.check_options(options)
    codec = create_codec(entry, check_qp(entry, qp), checkpoint, **options)

    def code(key: str, image: Image.Image) -> tuple[int | None, Coded]:
        return qp, codec.code(image)

    facts = entry.facts
    settings = {"codec": entry.name, "qp": qp, "suffix": facts.suffix, "standard": facts.standard}
    settings |= entry.recorded(options)
    return ReferenceKind(facts.suffix, settings, code, loaded_weights(codec, checkpoint))
