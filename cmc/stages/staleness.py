"""Whether pictures in result folders are still what would be made from what lies in the workspace now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmc.codecs.grid_geometry import read_grid
from cmc.core.captions import read_captions
from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.items import sent_of
from cmc.core.modes import MODES
from cmc.core.names import existing
from cmc.core.origin import UNKNOWN, Origin, settings_digest, text_digest
from cmc.core.run_file import Document, read_run
from cmc.core.workspace import Workspace, list_images
from cmc.maps.map_file import FOLDER, SUFFIX, digest_of_maps
from cmc.stages.run_codec import STREAMS
from cmc.stages.stated_bits import StatedBits, read_stated


@dataclass(frozen=True)
class ResultFolder:
    """One mode of a target, and what its run file says that its pictures were made from: `settings`, and in `made_by`
    their digest. Safe in threads once made."""

    folder: Path
    space: Workspace
    digests: FileDigests
    settings: Document
    made_by: str | None
    captions: Mapping[str, str] | None
    references: Mapping[str, Path]
    stream_suffix: str
    stated: Mapping[str, StatedBits] | None

    @classmethod
    def open(cls, folder: Path, space: Workspace, digests: FileDigests) -> "ResultFolder":
        """Raises CMCError for a run file or a caption table that cannot be read."""
        run = read_run(folder / "run.json")
        settings = run.get("settings", {})
        return cls(
            folder,
            space,
            digests,
            settings,
            settings_digest(run) if run else None,
            _captions(space, settings.get("captions")),
            _references(space, settings.get("references"), folder.name),
            _stream_suffix(space, settings.get("references"), folder.name),
            read_stated(folder),
        )

    def fault(self, key: str, picture: Path, gt: Path) -> str:
        """What a picture was made from that is another now; UNKNOWN where it does not say, "" where all is the same."""
        origin = self.digests.origin(picture)
        if origin is None:
            return UNKNOWN
        now = Origin(
            settings=self.made_by,
            gt=self.digests.of_file(gt),
            caption=self._caption(key),
            reference=self._reference(key),
            stream=self._stream(key),
            maps=self._maps(key),
        )
        return " and ".join([*origin.differences(now), *self._foreign_stream(key)])

    def caption(self, key: str, picture: Path) -> str | None:
        """The caption that a picture was made from; None where it was made without one or does not say from which.

        Whether it is another now, `fault` says. Raises CMCError where it is not here any more.
        """
        origin = self.digests.origin(picture)
        if origin is None or not origin.caption:
            return None
        text = (self.captions or {}).get(key)
        if text is None:
            raise CMCError(f"a caption that is not in {self.settings.get('captions') or 'its run file'}")
        return sent_of(text, self._items).text

    def _caption(self, key: str) -> str | None:
        """The digest of what the run read of the caption; None where that table, or the caption, is not here."""
        if not self.settings.get("captions"):
            return "" if self.settings else None
        text = (self.captions or {}).get(key)
        return None if text is None else text_digest(sent_of(text, self._items).text)

    @property
    def _items(self) -> int:
        """How many items of structured captions the decoder was sent."""
        return int(self.settings.get("items") or 0)

    def _maps(self, key: str) -> str | None:
        """The digest of the items' maps that are there now; None where they are not here."""
        text = (self.captions or {}).get(key)
        details = sent_of(text, self._items).details if text is not None else ()
        if not details:
            return "" if text is not None or not self._items else None
        path = existing(self.space.find(str(self.settings.get("references"))) / FOLDER / f"{key}{SUFFIX}")
        return digest_of_maps(path, len(details)) if path.is_file() else None

    def _reference(self, key: str) -> str | None:
        if not self.settings.get("references"):
            return "" if self.settings else None
        path = self.references.get(key)
        return None if path is None else self.digests.of_picture(path)

    def _stream(self, key: str) -> str | None:
        """Of the stream that a codec's picture was decoded from, or of what is stated of an imported one's; "" of
        what was not decoded from one."""
        if self.settings.get("stated_by"):
            return self._stated(key)
        if "codec" not in self.settings:
            return "" if self.settings else None
        return self._digest_of(self.folder / STREAMS / f"{key}{self.settings.get('suffix', '')}")

    def _stated(self, key: str) -> str | None:
        """The digest of what is stated of a picture's bits; None where the table is not here."""
        if self.stated is None:
            return None
        return self.stated[key].digest if key in self.stated else ""

    def _foreign_stream(self, key: str) -> list[str]:
        """Whether the stream beside the reference, whose bits are counted, is not the one that it came from."""
        path = self.references.get(key)
        origin = self.digests.origin(path) if path else None
        if path is None or origin is None or not origin.stream:
            return []
        stream = self._digest_of(path.with_name(f"{key}{self.stream_suffix}")) if self.stream_suffix else None
        return ["a reference whose stream is another's"] if stream not in (None, origin.stream) else []

    def _digest_of(self, path: Path) -> str | None:
        path = existing(path)
        return self.digests.of_file(path) if path.is_file() else None


@dataclass
class Staleness:
    """The result folders of a workspace, `results` among them."""

    space: Workspace
    results: Path
    digests: FileDigests
    _folders: dict[tuple[str, str], ResultFolder] = field(default_factory=dict)

    def open(self, target: str, mode: str) -> ResultFolder:
        """The folder of a target's mode, opened once."""
        if (target, mode) not in self._folders:
            folder = self.results / target / mode
            self._folders[target, mode] = ResultFolder.open(folder, self.space, self.digests)
        return self._folders[target, mode]


def _captions(space: Workspace, recorded: str | None) -> Mapping[str, str] | None:
    path = space.find(recorded) if recorded else None
    return read_captions(path) if path and path.is_file() else None


def _references(space: Workspace, recorded: str | None, mode: str) -> Mapping[str, Path]:
    reference = MODES[mode].reference
    try:
        return list_images(space.find(recorded) / reference) if recorded and reference else {}
    except CMCError:  # they were sent elsewhere, or thrown away
        return {}


def _stream_suffix(space: Workspace, recorded: str | None, mode: str) -> str:
    """Of the streams beside the references; "" where none are known."""
    reference = MODES[mode].reference
    if not recorded or not reference:
        return ""
    folder = space.find(recorded) / reference
    if reference == "pixel":
        return read_grid(folder).suffix
    return str(read_run(folder / "run.json").get("settings", {}).get("suffix", ""))
