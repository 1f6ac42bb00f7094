"""A rating study as it lies in a folder of its own, which can be moved to the machine that serves it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cmc.core.errors import CMCError, lines
from cmc.core.files import sha256, write_atomic, write_json
from cmc.core.origin import DIGITS, digest
from cmc.core.run_file import Document
from cmc.raters.design import Design
from cmc.raters.playlists import Playlist, playlists_csv, read_playlists
from cmc.raters.rated_pictures import RatedPicture, pictures_csv, read_pictures

# Of the workspace, unless the user names another.
FOLDER = "Rating"
PLAN, PICTURES, PLAYLISTS, SECRET = "plan.json", "pictures.csv", "playlists.csv", "secret"
TEXTS, DATABASE, EXAMPLES, LINKS = "texts.toml", "votes.sqlite", "examples", "links"


@dataclass(frozen=True)
class RatingStudy:
    """What `cmc rate make` planned. `identity`: the digest of the plan, which names the digests of both tables."""

    folder: Path
    design: Design
    pictures: Mapping[str, RatedPicture]
    playlists: Mapping[str, Playlist]
    identity: str

    def files(self) -> dict[Path, str]:
        """The files of all pictures, and the digest that each had."""
        return {
            self.folder / name: digest
            for picture in self.pictures.values()
            for name, digest in (
                (picture.image, picture.image_digest),
                (picture.reference, picture.reference_digest),
            )
        }

    def refuse_changed(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> None:
        """Raises CMCError that names the pictures which are not there, or others now; votes would be of those."""
        files = self.files()
        changed = [path for path in progress(list(files)) if file_digest(path) != files[path]]
        if changed:
            raise CMCError(
                f"{len(changed)} picture(s) are not those that the study was made of; put them back:{lines(changed)}"
            )


def file_digest(path: Path) -> str | None:
    """Of a picture's file; None where there is none."""
    return sha256(path)[:DIGITS] if path.is_file() else None


def save_study(
    folder: Path,
    design: Design,
    made_from: Document,
    pictures: Mapping[str, RatedPicture],
    lists: Mapping[str, Playlist],
) -> None:
    """Write both tables, then the plan; a folder without plan is none yet."""
    tables = {PICTURES: pictures_csv(pictures.values()), PLAYLISTS: playlists_csv(lists)}
    for name, text in tables.items():
        write_atomic(folder / name, text.encode())
    digests = {name: digest(text.encode()) for name, text in tables.items()}
    write_json(folder / PLAN, {"design": asdict(design), "made_from": made_from, "tables": digests})


def load_study(folder: Path) -> RatingStudy:
    """The study in a folder. Raises CMCError where there is none, and for one that was changed by hand."""
    path = folder / PLAN
    if not path.is_file():
        raise CMCError(
            f"no study in {folder}: there is no {PLAN}; make one with cmc rate make, or name another --study"
        )
    plan = path.read_bytes()
    try:
        document = json.loads(plan)
        design, tables = Design(**document["design"]), dict(document["tables"])
    except (ValueError, TypeError, KeyError) as error:
        raise CMCError(f"{path} is no plan of a rating study ({error}); make it anew") from error
    changed = [name for name in (PICTURES, PLAYLISTS) if file_digest(folder / name) != tables.get(name)]
    if changed:
        raise CMCError(f"{folder}: {' and '.join(changed)} changed since the study was made; put back what was there")
    pictures = read_pictures(folder / PICTURES)
    return RatingStudy(folder, design, pictures, read_playlists(folder / PLAYLISTS), digest(plan))
