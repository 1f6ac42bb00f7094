"""Codec baselines beside the generative decoders: the same pictures, from nothing but a codec's stream, and a caption
where the codec reads one."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from cmc.codecs.base import Codec, Coded, decode_checked, encode_within_checked
from cmc.core.bits import bpp
from cmc.core.digests import FileDigests
from cmc.core.facts import CodecFacts, Value
from cmc.core.files import fingerprint, sha256
from cmc.core.origin import settings_digest
from cmc.core.run_file import Sections, claim
from cmc.registry import Entry
from cmc.stages.code_images import CodedFolder, CodedImage, code_images
from cmc.stages.codec_captions import CodecCaptions
from cmc.stages.stream_sizes import StreamSize
from cmc.stream.codec_part import numbering
from cmc.stream.header import LENGTH

# A codec is a baseline where the decoder gets a picture and no caption; one that reads a caption, where it gets both.
MODE, CAPTIONED = "image", "full"
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
    """A codec as a decoder: `checkpoint` of a learned one, "" for its own; `options`: its own flags that were given;
    `captions`: those that it reads, None for none."""

    entry: Entry[CodecFacts]
    checkpoint: str = ""
    options: Mapping[str, Value] = field(default_factory=dict)
    captions: CodecCaptions | None = None

    @property
    def mode(self) -> str:
        """By what the decoder gets."""
        return CAPTIONED if self.captions else MODE

    def create(self, qp: int, key: str = "") -> Codec:
        """The codec at a setting, of an image with a caption if it has a `key`. Raises CMCError for a missing package,
        checkpoint or caption."""
        caption = {"caption": self.captions.of(key)} if self.captions and key else {}
        return self.entry.create(qp=qp, checkpoint=self.checkpoint, **caption, **self.options)

    def sections(self, quality: Quality) -> Sections:
        """What pictures depend on, for the run file."""
        facts = self.entry.facts
        settings = {
            "model": self.entry.name,
            "codec": self.entry.name,
            "mode": self.mode,
            "qp": quality.qp,
            "bpp": quality.bpp,
            "checkpoint": self.checkpoint or None,
            "suffix": facts.suffix,
            "standard": facts.standard,
            "counted": facts.counted,
            "captions": self.captions.recorded if self.captions else None,
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

        def code(key: str, image: Image.Image) -> tuple[int | None, Coded]:
            return self._code(key, image, quality)

        settings = settings_digest(self.sections(quality))
        coded = CodedFolder(folder, folder / STREAMS, self.entry.facts.suffix, settings)
        captions = self.captions.texts if self.captions else {}
        return code_images(images, coded, code, digests, workers, overwrite=overwrite, captions=captions)

    @property
    def header(self) -> int:
        """Bytes that tell the decoder mode, size and codec."""
        return LENGTH + len(numbering(self.entry.name))

    def rate(self, row: StreamSize) -> float:
        """Bits per pixel of a picture: of its stream, and of what else a `.cmc` file needs."""
        return bpp(row.size_in_bytes + self._beside(row.name), row.size)

    def exceeds(self, row: StreamSize, quality: Quality) -> bool:
        """Whether even the coarsest setting costs more than the rate asked for."""
        return quality.bpp is not None and self.rate(row) > quality.bpp

    def _beside(self, key: str) -> int:
        """Bytes of a `.cmc` file that are not the stream's: the header, and the caption if the codec reads one."""
        return self.header + (self.captions.size(key) if self.captions else 0)

    def _code(self, key: str, image: Image.Image, quality: Quality) -> tuple[int, Coded]:
        if quality.bpp is not None:
            return self._cut(key, image, quality.bpp) or self._search(key, image, quality.bpp)
        qp = self.entry.facts.qp[0] if quality.qp is None else quality.qp
        return qp, self.create(qp, key).code(image)

    def _cut(self, key: str, image: Image.Image, limit: float) -> tuple[int, Coded] | None:
        """(qp, picture) of a progressive codec's stream, cut within the rate; None of another codec."""
        codec, start = self.create(self.entry.facts.qp[0], key), time.perf_counter()
        room = int(limit * image.width * image.height / 8) - self._beside(key)
        cut = encode_within_checked(codec, image, room)
        if cut is None:
            return None
        (qp, stream), encoded = cut, time.perf_counter()
        picture = decode_checked(codec, stream, image.size)
        return qp, Coded(stream, picture, encoded - start, time.perf_counter() - encoded)

    def _search(self, key: str, image: Image.Image, limit: float) -> tuple[int, Coded]:
        """(qp, picture coded with it): the finest setting within the rate, or else the coarsest; its encoding time
        is that of all tries."""
        coarse, fine = self.entry.facts.qp
        step = 1 if fine > coarse else -1
        low, high = 0, abs(fine - coarse)  # steps from the coarsest; `low` is what is known to fit
        best, beside = self.create(coarse, key).code(image), self._beside(key)
        seconds = best.encode_s
        if bpp(len(best.stream) + beside, image.size) > limit:
            return coarse, best
        while low < high:
            middle = (low + high + 1) // 2
            coded = self.create(coarse + step * middle, key).code(image)
            seconds += coded.encode_s
            if bpp(len(coded.stream) + beside, image.size) <= limit:
                low, best = middle, coded
            else:
                high = middle - 1
        return coarse + step * low, replace(best, encode_s=seconds)


def _revision(checkpoint: Path) -> str:
    """What tells a learned codec's weights from others', wherever they lie; "" for what is no file here."""
    if checkpoint.is_dir():
        return fingerprint(checkpoint)
    return f"sha256:{sha256(checkpoint)[:16]}" if checkpoint.is_file() else ""
