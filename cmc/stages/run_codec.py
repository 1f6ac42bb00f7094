"""Codec baselines beside the generative decoders: the same pictures, from nothing but a codec's stream."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from cmc.codecs.base import Codec, Coded
from cmc.core.bits import bpp
from cmc.core.digests import FileDigests
from cmc.core.facts import CodecFacts, Value
from cmc.core.files import fingerprint, sha256
from cmc.core.origin import settings_digest
from cmc.core.run_file import Sections, claim
from cmc.registry import Entry
from cmc.stages.code_images import CodedFolder, CodedImage, code_images
from cmc.stages.stream_sizes import StreamSize
from cmc.stream.header import LENGTH

# A codec is a baseline where the decoder gets a picture and no caption.
MODE = "image"
# Streams lie beside the pictures, in a folder that no list of pictures looks into.
STREAMS = "streams"


@dataclass(frozen=True)
class Quality:
    """A fixed `qp`, or a rate in bpp not to exceed, for which `qp` is searched by image."""

    qp: int | None = None
    bpp: float | None = None

    @property
    def name(self) -> str:
        """What a result is called by: qp53, bpp0.024."""
        return f"qp{self.qp}" if self.bpp is None else f"bpp{self.bpp:g}"


@dataclass(frozen=True)
class CodecBaseline:
    """A codec as a decoder: `checkpoint` of a learned one, "" for its own; `options`: its own flags that were given."""

    entry: Entry[CodecFacts]
    checkpoint: str = ""
    options: Mapping[str, Value] = field(default_factory=dict)

    def create(self, qp: int) -> Codec:
        """The codec at a setting. Raises CMCError for a missing package or checkpoint."""
        return self.entry.create(qp=qp, checkpoint=self.checkpoint, **self.options)

    def sections(self, quality: Quality) -> Sections:
        """What pictures depend on, for the run file."""
        facts = self.entry.facts
        settings = {
            "model": self.entry.name,
            "codec": self.entry.name,
            "mode": MODE,
            "qp": quality.qp,
            "bpp": quality.bpp,
            "checkpoint": self.checkpoint or None,
            "suffix": facts.suffix,
            "standard": facts.standard,
            "counted": facts.counted,
            "captions": None,
            **self.entry.recorded(self.options),
        }
        if not self.checkpoint:
            return {"settings": settings}
        loaded = {"checkpoint": self.checkpoint, "revision": _revision(Path(self.checkpoint))}
        return {"settings": settings, "loaded": loaded}

    def claim(self, folder: Path, quality: Quality, overwrite: bool) -> None:
        """Claim a result's folder, or refuse to mix two settings in it (CMCError)."""
        pictures = sorted(folder.glob("*.png"))
        outputs = [*pictures, *sorted((folder / STREAMS).glob("*"))] if pictures else []
        remedy = "or another --result_name"
        claim(folder / "run.json", self.sections(quality), outputs, overwrite=overwrite, remedy=remedy)

    def run(
        self,
        images: Mapping[str, Path],
        folder: Path,
        quality: Quality,
        digests: FileDigests,
        workers: int,
        overwrite: bool = False,
    ) -> Iterator[CodedImage]:
        """Fill `folder` with pictures and `folder`/streams with what they were decoded from, as `code_images`."""

        def code(image: Image.Image) -> tuple[int | None, Coded]:
            return self._code(image, quality)

        settings = settings_digest(self.sections(quality))
        coded = CodedFolder(folder, folder / STREAMS, self.entry.facts.suffix, settings)
        return code_images(images, coded, code, digests, workers, overwrite=overwrite)

    def _code(self, image: Image.Image, quality: Quality) -> tuple[int, Coded]:
        if quality.bpp is not None:
            return self._search(image, quality.bpp)
        qp = self.entry.facts.qp[0] if quality.qp is None else quality.qp
        return qp, self.create(qp).code(image)

    def _search(self, image: Image.Image, limit: float) -> tuple[int, Coded]:
        """(qp, picture coded with it): the finest setting within the rate, or else the coarsest; its encoding time
        is that of all tries."""
        coarse, fine = self.entry.facts.qp
        step = 1 if fine > coarse else -1
        low, high = 0, abs(fine - coarse)  # steps from the coarsest; `low` is what is known to fit
        best = self.create(coarse).code(image)
        seconds = best.encode_s
        if rate(len(best.stream), image.size) > limit:
            return coarse, best
        while low < high:
            middle = (low + high + 1) // 2
            coded = self.create(coarse + step * middle).code(image)
            seconds += coded.encode_s
            if rate(len(coded.stream), image.size) <= limit:
                low, best = middle, coded
            else:
                high = middle - 1
        return coarse + step * low, replace(best, encode_s=seconds)


def _revision(checkpoint: Path) -> str:
    """What tells a learned codec's weights from others', wherever they lie; "" for what is no file here."""
    if checkpoint.is_dir():
        return fingerprint(checkpoint)
    return f"sha256:{sha256(checkpoint)[:16]}" if checkpoint.is_file() else ""


def rate(size_in_bytes: int, size: tuple[int, int]) -> float:
    """Bits per pixel of a stream and of the header that tells the decoder mode and size."""
    return bpp(LENGTH + size_in_bytes, size)


def exceeds(row: StreamSize, quality: Quality) -> bool:
    """Whether even the coarsest setting costs more than the rate asked for."""
    return quality.bpp is not None and rate(row.size_in_bytes, row.size) > quality.bpp
