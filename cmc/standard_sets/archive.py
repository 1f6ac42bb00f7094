"""Pictures out of a zip of a stranger's: no path leaves the folder, no link, no bomb."""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from cmc.core.errors import CMCError, reason, some
from cmc.core.files import write_atomic
from cmc.core.names import composed, fault
from cmc.core.workspace import IMAGE_SUFFIXES, key_of

# A picture of the sets that are known takes some 10 MB; this is what one may take at most, and no zip more than all.
MOST_BYTES = 64 << 20
Entries = Mapping[str, zipfile.ZipInfo]


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip to read. Raises CMCError for what is none, and for what is damaged within."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise CMCError(f"{path} is no zip that can be read ({reason(error)}); delete it, and fetch it anew") from error


def pictures_of(archive: zipfile.ZipFile, most: int) -> Entries:
    """Its pictures by file name, whatever folders they lie in; `most`: how many there may be.

    Nothing is unpacked. Raises CMCError, naming it, for an entry that leads out of the folder, is a link, is encrypted
    or larger than MOST_BYTES, has the name of another or one that no picture can have; and for more than `most`.
    """
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        wrong = _wrong(entry)
        name = composed(PurePosixPath(entry.filename).name)
        if not wrong and not _is_picture(entry):
            continue
        if wrong or name in entries:
            raise CMCError(f"{archive.filename}: {entry.filename!r} {wrong or 'is there twice'}; nothing was unpacked")
        entries[name] = entry
    if len(entries) > most:
        raise CMCError(f"{archive.filename} holds {len(entries):,} pictures, expected {most:,}; nothing was unpacked")
    return entries


def _wrong(entry: zipfile.ZipInfo) -> str:
    """Why an entry is no part of a set; "" for what is, and for files that are left alone."""
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        return "leads out of its folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.flag_bits & 1:
        return "is encrypted"
    if not _is_picture(entry):
        return ""
    if entry.file_size > MOST_BYTES:
        return f"states {entry.file_size:,} bytes, over {MOST_BYTES:,}"
    return fault(key_of(path.name))


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    """Whether it is one, and not what a system leaves beside it (`__MACOSX`, hidden files)."""
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not entry.is_dir() and not hidden and path.suffix.lower() in IMAGE_SUFFIXES


def unpack(archive: zipfile.ZipFile, entries: Entries, folder: Path) -> Iterator[Path]:
    """Write the pictures that are not there yet into `folder`, each whole or not at all, never more bytes than stated.

    Raises CMCError where another file has a picture's name, and for one that is not what its checksum says.
    """
    others = [
        name for name, entry in entries.items() if (folder / name).is_file() and not _is_same(folder / name, entry)
    ]
    if others:
        raise CMCError(f"{folder} holds other files of the same names: {some(others)}; name another --to")
    for name, entry in entries.items():
        if not (folder / name).is_file():
            with archive.open(entry) as file:
                data = file.read(entry.file_size + 1)
            if len(data) != entry.file_size:
                raise CMCError(
                    f"{archive.filename}: {entry.filename!r} has not the {entry.file_size:,} bytes that it states"
                )
            write_atomic(folder / name, data)
        yield folder / name


def _is_same(path: Path, entry: zipfile.ZipInfo) -> bool:
    return path.stat().st_size == entry.file_size and zlib.crc32(path.read_bytes()) == entry.CRC
