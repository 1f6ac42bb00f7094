"""What is to be known of a standard set before numbers over it stand beside a paper's."""

from dataclasses import dataclass

# What is printed of a fact that nobody states.
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class SetFile:
    """One file of a set: its name at the source, and the folder under the root that it fills or lies in.

    pictures: how many a zip holds, 0 of a file that is copied as it is; sha256: hexadecimal, "" where none is
    published; url: where it lies if not beside the others.
    """

    name: str
    folder: str = "GT"
    pictures: int = 0
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class StandardSet:
    """images: how many ground truths; source: a dataset on the hub or an address on the web, "" where none is known
    that lasts, and a user names it; files: those there, none where the source is unknown; sizes: (width, height) that
    its pictures have, none where they have many; colour: of the files; protocols: how papers cut and report it."""

    title: str
    images: int
    licence: str
    citation: str
    colour: str
    protocols: tuple[str, ...]
    source: str = ""
    files: tuple[SetFile, ...] = ()
    sizes: frozenset[tuple[int, int]] = frozenset()

    def about(self) -> list[tuple[str, str]]:
        """Title and value of what a user must know before the download."""
        checksums = [f"{file.name} {file.sha256}" for file in self.files if file.sha256]
        return [
            ("set", f"{self.title}, {self.images:,} images"),
            ("licence", self.licence),
            ("citation", self.citation),
            ("colour", self.colour),
            *(("protocol", protocol) for protocol in self.protocols),
            ("sha256", ", ".join(checksums) or f"{UNKNOWN}: none is published, so counts and sizes are checked alone"),
        ]
