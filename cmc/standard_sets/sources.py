"""Files of a set from a folder of this machine, from the hub, or from the web."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cmc.core.errors import CMCError, reason
from cmc.standard_sets.facts import SetFile

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
ADVICE = "the same command goes on where it was; or name a folder, an address or another dataset with --source"


@dataclass(frozen=True)
class Source:
    """`place`: a folder, an address (http, https), or the id of a dataset on the hub or the mirror that HF_ENDPOINT
    names; downloads: where files from the web lie till they are unpacked."""

    place: str
    downloads: Path

    def __post_init__(self) -> None:
        if not (self._is_folder or _is_address(self.place) or REPOSITORY.fullmatch(self.place)):
            raise CMCError(f"--source {self.place}: no folder here, no http address and no dataset's id (owner/name)")

    @property
    def _is_folder(self) -> bool:
        return Path(self.place).is_dir()

    def fetch(self, file: SetFile) -> Path:
        """The file on this machine, downloaded where it is not yet, from where an earlier download broke off. Raises
        CMCError where it cannot be had."""
        if self._is_folder:
            path = Path(self.place) / file.name
            if not path.is_file():
                raise CMCError(f"no {file.name} in {self.place}; put it there, or name another --source")
            return path
        if file.url or _is_address(self.place):
            return _from_web(file.url or f"{self.place.rstrip('/')}/{file.name}", self.downloads / file.name)
        return _from_hub(self.place, file.name)


def _is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _from_hub(repository: str, name: str) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(repository, name, repo_type="dataset"))
    except Exception as error:  # the hub's client raises many kinds
        raise CMCError(f"cannot fetch {name} of {repository} ({reason(error)}); {ADVICE}") from error


def _from_web(url: str, path: Path) -> Path:
    from huggingface_hub.file_download import http_get

    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "ab") as file:
            http_get(url, file, resume_size=file.tell())
    except Exception as error:  # of the network, and what the client makes of answers
        raise CMCError(f"cannot fetch {url} ({reason(error)}); {ADVICE}") from error
    os.replace(part, path)
    return path
