"""What each scored picture cost: bits measured on the streams that were kept, and on nothing else.

A picture's bits are those of its `.cmc` file: 64 of header, the caption with its length, the reference. The file is
the one in Stream/<mode>, where its caption and reference are the result's, or is packed here from the caption file that
run.json names and the stream beside the reference. A codec's result has its own streams. That captions, references and
streams are still those that the pictures were made from is checked before (`stages.staleness`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from cmc.codecs import pixelgrid
from cmc.codecs.grid_geometry import BENCHMARK, check_benchmark
from cmc.core.bits import Rate
from cmc.core.captions import read_captions
from cmc.core.errors import CMCError
from cmc.core.images import probe
from cmc.core.items import prompt_of
from cmc.core.modes import MODES, Mode
from cmc.core.names import existing
from cmc.core.origin import digest, read_origin
from cmc.core.run_file import Document, read_run
from cmc.core.workspace import Workspace, key_of
from cmc.stages.evaluate import Score
from cmc.stages.run_codec import STREAMS
from cmc.stream import header
from cmc.stream.container import Parts, Stream, encode_parts, split, unpack
from cmc.stream.to_folders import SUFFIX, read_stream


def with_rates(scores: Iterable[Score], gts: Mapping[str, Path], space: Workspace, root: Path) -> list[Score]:
    """The scores with a `rate` wherever streams were kept; `gts`: ground truths by file name, `root`: results."""
    streams = KeptStreams(space)
    settings_of = cache(lambda target, mode: read_run(root / target / mode / "run.json").get("settings", {}))
    rated = []
    for score in scores:
        settings = settings_of(score.target, score.mode)
        folder = root / score.target / score.mode
        rate = _rate(score, settings, streams, folder, gts[score.name]) if settings else None
        rated.append(replace(score, rate=rate))
    return rated


def _rate(score: Score, settings: Document, streams: "KeptStreams", folder: Path, gt: Path) -> Rate | None:
    """What a score's picture cost, by the `settings` that made it; None where that cannot be measured."""
    key = key_of(score.name)
    try:
        if "codec" in settings:
            stream = existing(folder / STREAMS / f"{key}{settings['suffix']}")
            return _codec_rate(stream.stat().st_size, probe(gt)) if stream.is_file() else None
        parts = streams.parts(key, MODES[score.mode], settings, probe(gt))
    except CMCError:
        # Damaged, foreign or of another image: nothing was measured.
        return None
    if parts is None:
        return None
    ledger = parts.ledger()
    return Rate.of(ledger["text"], ledger["pixels"] + ledger["codec"], parts.size(), probe(gt))


def _codec_rate(size_in_bytes: int, size: tuple[int, int]) -> Rate:
    """A codec's picture: the decoder needs its size too, which the stream leaves to the header."""
    return Rate.of(0, size_in_bytes, header.LENGTH + size_in_bytes, size)


@dataclass
class KeptStreams:
    """The captions, references and `.cmc` files that a workspace keeps."""

    space: Workspace
    _captions_read: dict[str | None, Mapping[str, str]] = field(default_factory=dict, init=False)
    _codecs_read: dict[Path, tuple[str, str]] = field(default_factory=dict, init=False)

    def parts(self, key: str, mode: Mode, settings: Document, size: tuple[int, int]) -> Parts | None:
        """The parts of the `.cmc` file that this result's picture was decoded from; None where one is not there."""
        caption = self._caption(key, mode, settings)
        if caption is None:
            return None
        reference = self._reference(key, mode, settings)
        packed = self._packed(key, mode, caption, reference, size)
        if packed is not None or reference is None:
            return packed
        codec, content = reference
        if mode.reference == "pixel":
            return encode_parts(Stream(mode, size, caption, grid=pixelgrid.unpack(content, size)))
        return encode_parts(Stream(mode, size, caption, codec=codec, picture=content))

    def _packed(
        self, key: str, mode: Mode, caption: str, reference: tuple[str, bytes] | None, size: tuple[int, int]
    ) -> Parts | None:
        """The parts of the file in Stream/<mode>, if it is of this caption, reference (None: of any) and size."""
        path = existing(self.space.stream / mode.name / f"{key}{SUFFIX}")
        if not path.is_file():
            return None
        data = read_stream(path)
        stream = unpack(data)
        same = stream.size == size and stream.text == caption and reference in (None, _reference_of(stream))
        return split(data) if same else None

    def _caption(self, key: str, mode: Mode, settings: Document) -> str | None:
        """The caption that was read: none in image mode and by a decoder that reads no text."""
        if not mode.captioned or ("captions" in settings and settings["captions"] is None):
            return ""
        text = self._captions(settings.get("captions")).get(key)
        return None if text is None else prompt_of(text)

    def _captions(self, recorded: str | None) -> Mapping[str, str]:
        if recorded not in self._captions_read:
            path = self.space.find(recorded) if recorded else None
            self._captions_read[recorded] = read_captions(path) if path and path.is_file() else {}
        return self._captions_read[recorded]

    def _reference(self, key: str, mode: Mode, settings: Document) -> tuple[str, bytes] | None:
        """(codec, bytes) of the stream beside the reference; of a grid, its raw bytes; None where it was not kept, or
        where the reference does not say that it came from this stream, as those of before do not.

        Raises CMCError for a grid that is not the benchmark's.
        """
        if mode.reference is None:
            return "", b""
        folder = self.space.find(settings.get("references") or "Ref") / mode.reference
        if mode.reference == "pixel":
            check_benchmark(folder)
        codec, suffix = self._codec(folder) if mode.reference == "image" else ("", BENCHMARK.suffix)
        path = existing(folder / f"{key}{suffix}")
        if not suffix or not path.is_file():
            return None
        content, origin = path.read_bytes(), read_origin(existing(folder / f"{key}.png"))
        return (codec, content) if origin and origin.stream == digest(content) else None

    def _codec(self, folder: Path) -> tuple[str, str]:
        """(codec, suffix of its streams) of a folder of references; empty where that is not known."""
        if folder not in self._codecs_read:
            settings = read_run(folder / "run.json").get("settings", {})
            self._codecs_read[folder] = settings.get("codec", ""), settings.get("suffix", "")
        return self._codecs_read[folder]


def _reference_of(stream: Stream) -> tuple[str, bytes]:
    return (stream.codec, stream.picture) if stream.grid is None else ("", pixelgrid.pack(stream.grid))
