"""`study.json`: the settings of a study beside its figures, so that a report can show it again."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from cmc.core.errors import CMCError, reason
from cmc.core.files import write_json
from cmc.core.modes import MODES
from cmc.core.names import fault
from cmc.stages.run_codec import MODE as CODEC_MODE
from cmc.studies.setting import Baseline, Setting, Study
from cmc.studies.views import VIEWS

# Under the root, with a folder a study.
FOLDER, FILE = "Study", "study.json"
SECTION = "study"
Made = TypeVar("Made", Setting, Baseline, Study)
# JSON's value in, the field's value out; raises ValueError, TypeError or CMCError for another one.
Reader = Callable[[object], object]


def find_studies(root: Path) -> list[Path]:
    """The files of all studies under a root, by name."""
    return sorted(root.glob(f"{FOLDER}/*/{FILE}"))


def write_study(path: Path, study: Study) -> None:
    """Write a study's file, whole or not at all."""
    write_json(path, {SECTION: dataclasses.asdict(study)})


def read_study(path: Path) -> Study:
    """The study of a file as `write_study` writes it; other sections beside it are not looked at.

    Raises CMCError for anything else, and for names that would lead out of their folders.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or SECTION not in document:
            raise ValueError(f"it has no section {SECTION!r}")
        return _study(document[SECTION])
    except FileNotFoundError as error:
        raise CMCError(f"no {path}; run the study first") from error
    except (OSError, ValueError, TypeError, CMCError) as error:
        raise CMCError(
            f"{path} is not a study of this toolkit: {reason(error)}; run the study again, which writes it anew"
        ) from error


def _study(document: object) -> Study:
    study = _read(Study, document, STUDY)
    folders = [f"{setting.name}/{mode}" for setting in study.settings for mode in setting.modes]
    folders += [f"{baseline.name}/{CODEC_MODE}" for baseline in study.baselines]
    twice = sorted(folder for folder, times in Counter(folders).items() if times > 1)
    if twice:
        raise ValueError(f"two of its results would lie in {twice[0]}")
    return study


def _read(kind: type[Made], document: object, readers: Mapping[str, Reader]) -> Made:
    """An instance of `kind` from a JSON object that has its fields, each taken by its reader, and no other."""
    if not isinstance(document, dict):
        raise ValueError(f"expected a {kind.__name__}, found {document!r}")
    strays = sorted(document.keys() ^ readers.keys())
    if strays:
        raise ValueError(f"a {kind.__name__} {'has no' if strays[0] in document else 'needs'} {strays[0]}")
    # Any: each reader has checked the type of its field.
    fields: dict[str, Any] = {}
    for name, reader in readers.items():
        try:
            fields[name] = reader(document[name])
        except (ValueError, TypeError, CMCError) as error:
            raise ValueError(f"{name}: {error}") from error
    return kind(**fields)


def _exactly(kind: type) -> Reader:
    def read(value: object) -> object:
        # To Python a bool is an int; to JSON it is not.
        if type(value) is not kind:
            raise ValueError(f"expected {kind.__name__}, found {value!r}")
        return value

    return read


def _or_none(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _number(value: object) -> object:
    if type(value) not in (int, float):
        raise ValueError(f"expected a number, found {value!r}")
    return value


def _name(value: object) -> object:
    """A plain name, which cannot leave its folder."""
    wrong = fault(value) if isinstance(value, str) else "it is no text"
    if wrong:
        raise ValueError(f"{value!r} is not a plain file name: {wrong}")
    return value


def _encoder(value: object) -> object:
    return "" if value == "" else _name(value)


def _folder(value: object) -> object:
    """A folder below the root: plain names between slashes."""
    if not isinstance(value, str) or not value or PurePosixPath(value).as_posix() != value:
        raise ValueError(f"expected a folder below the root, found {value!r}")
    for part in value.split("/"):
        _name(part)
    return value


def _list_of(reader: Reader) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, list):
            raise ValueError(f"expected a list, found {value!r}")
        return tuple(reader(item) for item in value)

    return read


def _one_of(known: Mapping[str, object], what: str) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"no {what} is called {value!r}; there are {', '.join(known)}")
        return value

    return read


def _options(value: object) -> object:
    if not isinstance(value, dict) or not all(isinstance(option, (str, int, float)) for option in value.values()):
        raise ValueError(f"expected options as texts or numbers by name, found {value!r}")
    return value


SETTING: dict[str, Reader] = {
    "name": _name,
    "encoder": _encoder,
    "words": _or_none(_exactly(int)),
    "captions": _encoder,
    "decoder": _name,
    "modes": _list_of(_one_of(MODES, "mode")),
    "codec": _name,
    "qp": _exactly(int),
    "references": _folder,
    "strength": _or_none(_number),
    "noise_level": _or_none(_number),
    "seed": _exactly(int),
    "options": _options,
}
BASELINE: dict[str, Reader] = {"name": _name, "codec": _name, "qp": _exactly(int)}
STUDY: dict[str, Reader] = {
    "name": _name,
    "settings": _list_of(lambda value: _read(Setting, value, SETTING)),
    "baselines": _list_of(lambda value: _read(Baseline, value, BASELINE)),
    "metrics": _list_of(_exactly(str)),
    "views": _list_of(_one_of(VIEWS, "view")),
}
