"""Pictures that may become ground truth, and what is known of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.workspace import list_images
from cmc.curation.measures import Measures
from cmc.curation.plan import Group


@dataclass(frozen=True)
class Candidate:
    """group: its content type and subtype; file: how tables name it; digest: of the file's bytes; score: None where it
    has none, for the reason `unscored`; veto: a person's reason against it."""

    group: str
    file: str
    path: Path
    digest: str
    measures: Measures = field(default_factory=Measures)
    score: float | None = None
    unscored: str = ""
    veto: str = ""

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.measures.width * self.measures.height


def list_candidates(groups: Sequence[Group]) -> Iterator[tuple[Group, Path]]:
    """Every picture of the groups' folders, by group, folder and name; of a folder that is named twice, once.

    Raises CMCError as `list_images` does, and for a folder that two groups would choose from.
    """
    owners: dict[Path, str] = {}
    for group in groups:
        for folder in group.folders:
            owner = owners.get(folder.resolve())
            if owner == group.name:
                continue
            if owner is not None:
                raise CMCError(
                    f"{folder} is to be chosen from for {owner} and for {group.name}; a picture is one of them"
                )
            owners[folder.resolve()] = group.name
            for path in list_images(folder).values():
                yield group, path
