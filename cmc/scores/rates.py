"""What each scored picture cost: bits measured on the streams that were kept, and on nothing else.

A picture's bits are those of its `.cmc` file: 64 of header, the caption with its length, the reference. The file is
the one in Stream/<mode>, where its caption and reference are the result's, or is packed here from the caption file that
run.json names by its hash and the stream beside the reference in Ref. A codec's result has its own streams.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cmc.codecs import pixelgrid
from cmc.core.bits import Rate
from cmc.core.captions import read_captions
from cmc.core.errors import CMCError
from cmc.core.images import probe
from cmc.core.modes import MODES, Mode
from cmc.core.run_file import read_run
from cmc.core.workspace import Workspace, key_of
from cmc.scores.provenance import caption_files
from cmc.stages.evaluate import Score
from cmc.stages.run_codec import STREAMS
from cmc.stream import header
from cmc.stream.container import Parts, Stream, encode_parts, split, unpack
from cmc.stream.to_folders import SUFFIX, read_stream


def with_rates(scores: Iterable[Score], gts: Mapping[str, Path], space: Workspace, root: Path) -> list[Score]:
    """The scores with a `rate` wherever streams were kept; `gts`: ground truths by file name, `root`: results."""
    folders = _Kept(space)
    measured = []
    settings = cache(lambda target, mode: read_run(root / target / mode / "run.json").get("settings", {}))
    for score in scores:
        made = settings(score.target, score.mode)
        rate = _rate(score, made, folders, root / score.target / score.mode, gts[score.name]) if made else None
        measured.append(replace(score, rate=rate))
    return measured


def _rate(score: Score, made: Mapping[str, Any], kept: "_Kept", folder: Path, gt: Path) -> Rate | None:
    key = key_of(score.name)
    try:
        if "codec" in made:
            stream = folder / STREAMS / f"{key}{made['suffix']}"
            return _own(stream.stat().st_size, probe(gt)) if stream.is_file() else None
        file = kept.parts(key, MODES[score.mode], made, probe(gt))
    except CMCError:
        # Damaged, foreign or of another image: nothing was measured.
        return None
    if file is None:
        return None
    parts = file.ledger()
    return Rate.of(parts["text"], parts["pixels"] + parts["codec"], file.size(), probe(gt))


def _own(size_in_bytes: int, size: tuple[int, int]) -> Rate:
    """A codec's picture: the decoder needs its size too, which the stream leaves to the header."""
    return Rate.of(0, size_in_bytes, header.LENGTH + size_in_bytes, size)


@dataclass
class _Kept:
    """What a workspace keeps of captions and references."""

    space: Workspace

    def parts(self, key: str, mode: Mode, made: Mapping[str, Any], size: tuple[int, int]) -> Parts | None:
        """The parts of the `.cmc` file that this result's picture was decoded from; None where one is not there."""
        words = self._words(key, mode, made)
        if words is None:
            return None
        reference = self._reference(key, mode)
        packed = self.space.stream / mode.name / f"{key}{SUFFIX}"
        if packed.is_file():
            data = read_stream(packed)
            found = unpack(data)
            if found.size == size and found.text == words and reference in (None, _reference_of(found)):
                return split(data)
        if reference is None:
            return None
        codec, content = reference
        if mode.reference == "pixel":
            return encode_parts(Stream(mode, size, words, grid=pixelgrid.unpack(content, size)))
        return encode_parts(Stream(mode, size, words, codec=codec, picture=content))

    def _words(self, key: str, mode: Mode, made: Mapping[str, Any]) -> str | None:
        """The caption that was read: none in image mode and by a decoder that reads no text."""
        if not mode.captioned or ("captions_sha256" in made and made["captions_sha256"] is None):
            return ""
        return self._captions(made.get("captions_sha256")).get(key)

    def _captions(self, sha256: str | None) -> Mapping[str, str]:
        path = self._caption_files.get(sha256 or "")
        if path not in self._read:
            self._read[path] = read_captions(path) if path else {}
        return self._read[path]

    @cached_property
    def _caption_files(self) -> dict[str, Path]:
        return caption_files(self.space.text)

    @cached_property
    def _read(self) -> dict[Path | None, Mapping[str, str]]:
        return {}

    @cached_property
    def _references(self) -> Mapping[str, Any]:
        """How the references of Ref/image were made."""
        return read_run(self.space.ref / "image" / "run.json").get("settings", {})

    def _reference(self, key: str, mode: Mode) -> tuple[str, bytes] | None:
        """(codec, bytes) of the stream beside the reference; of a grid, its raw bytes; None where it was not kept."""
        if mode.reference is None:
            return "", b""
        codec, suffix = "", pixelgrid.SUFFIX
        if mode.reference == "image":
            codec, suffix = self._references.get("codec", ""), self._references.get("suffix", "")
        path = self.space.ref / mode.reference / f"{key}{suffix}"
        return (codec, path.read_bytes()) if suffix and path.is_file() else None


def _reference_of(stream: Stream) -> tuple[str, bytes]:
    return (stream.codec, stream.picture) if stream.grid is None else ("", pixelgrid.pack(stream.grid))
