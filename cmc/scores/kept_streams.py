"""The parts of the `.cmc` file that a picture was decoded from, out of what a workspace keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cmc.codecs import pixelgrid
from cmc.codecs.grid_geometry import read_grid
from cmc.core.captions import read_captions
from cmc.core.items import SentText, sent_of
from cmc.core.modes import Mode
from cmc.core.names import existing
from cmc.core.origin import digest, read_origin
from cmc.core.run_file import Document, read_run
from cmc.core.workspace import Workspace
from cmc.maps import map_file
from cmc.stages.reference_codec import recorded_weights
from cmc.stream.container import Parts, encode_parts, split, unpack
from cmc.stream.files import SUFFIX, read_stream
from cmc.stream.stream import Stream


@dataclass
class KeptStreams:
    """The captions, maps, references and `.cmc` files that a workspace keeps."""

    space: Workspace
    _captions_read: dict[str | None, Mapping[str, str]] = field(default_factory=dict, init=False)
    _runs_read: dict[Path, Document] = field(default_factory=dict, init=False)

    def parts(self, key: str, mode: Mode, settings: Document, size: tuple[int, int], target: str) -> Parts | None:
        """The parts of the `.cmc` file that this result's picture was decoded from; None where one is not there. Files
        lie in Stream/<mode>, or in Stream/<target>/<mode>, the result's own.

        Raises CMCError for what does not make a stream.
        """
        sent = self.sent(key, mode, settings)
        if sent is None:
            return None
        maps = self._maps(key, sent, settings)
        start = self._start(key, mode, settings, size)
        for folder in (self.space.stream / target, self.space.stream):
            packed = _packed(existing(folder / mode.name / f"{key}{SUFFIX}"), size, sent, maps, start)
            if packed is not None:
                return packed
        if start is None:
            return None
        return encode_parts(replace(start, text=sent.overall, details=sent.details, maps=maps))

    def sent(self, key: str, mode: Mode, settings: Document) -> SentText | None:
        """What was read of the caption: nothing in image mode and by a decoder that reads no text; None where it is not
        there."""
        if not mode.captioned or ("captions" in settings and settings["captions"] is None):
            return SentText((), "")
        text = self._captions(settings.get("captions")).get(key)
        items = settings.get("items") or 0
        return None if text is None else sent_of(text, items if mode.itemised else 0)

    def _captions(self, recorded: str | None) -> Mapping[str, str]:
        if recorded not in self._captions_read:
            path = self.space.find(recorded) if recorded else None
            self._captions_read[recorded] = read_captions(path) if path and path.is_file() else {}
        return self._captions_read[recorded]

    def _maps(self, key: str, sent: SentText, settings: Document) -> np.ndarray | None:
        """The maps of the details that were read; None of none, and where they are not there."""
        path = existing(self._references(settings) / map_file.FOLDER / f"{key}{map_file.SUFFIX}")
        return map_file.read_maps(path).maps[: len(sent.details)] if sent.details and path.is_file() else None

    def _references(self, settings: Document) -> Path:
        return self.space.find(settings.get("references") or "Ref")

    def _start(self, key: str, mode: Mode, settings: Document, size: tuple[int, int]) -> Stream | None:
        """A stream of the reference alone, from what lies beside it; None where that was not kept, or where the
        reference does not say that it came from it, as those of before do not."""
        if mode.reference is None:
            return Stream(mode, size)
        folder = self._references(settings) / mode.reference
        if mode.reference == "pixel":
            grid = read_grid(folder)
            levels = _beside(folder, key, grid.suffix)
            if levels is None:
                return None
            return Stream(mode, size, grid=pixelgrid.unpack(levels, size, grid), geometry=grid)
        run = self._run(folder)
        codec = run.get("settings", {})
        picture = _beside(folder, key, codec.get("suffix", ""))
        if picture is None:
            return None
        return Stream(mode, size, codec=codec.get("codec", ""), picture=picture, weights=recorded_weights(run))

    def _run(self, folder: Path) -> Document:
        if folder not in self._runs_read:
            self._runs_read[folder] = read_run(folder / "run.json")
        return self._runs_read[folder]


def _packed(
    path: Path, size: tuple[int, int], sent: SentText, maps: np.ndarray | None, start: Stream | None
) -> Parts | None:
    """The parts of a file, if it is there, and of this size and text, of these maps and of the reference of `start`
    (None: of any)."""
    if not path.is_file():
        return None
    data = read_stream(path)
    stream = unpack(data)
    same_maps = maps is None or np.array_equal(maps, stream.maps if stream.maps is not None else ())
    same = (stream.size, stream.sent) == (size, sent) and same_maps
    return split(data) if same and (start is None or _reference(stream) == _reference(start)) else None


def _beside(folder: Path, key: str, suffix: str) -> bytes | None:
    """The stream beside a reference, if the reference says that it came from it."""
    path = existing(folder / f"{key}{suffix}")
    if not suffix or not path.is_file():
        return None
    content, origin = path.read_bytes(), read_origin(existing(folder / f"{key}.png"))
    return content if origin and origin.stream == digest(content) else None


def _reference(stream: Stream) -> tuple[object, ...]:
    """What of a stream is its reference."""
    grid = None if stream.grid is None else stream.grid.tobytes()
    return stream.codec, stream.weights, stream.picture, stream.geometry, grid
