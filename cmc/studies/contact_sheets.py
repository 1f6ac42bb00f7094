"""What figures A8 to A13 show: pictures of one image by mode and setting, beside its ground truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.captions import read_captions
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.workspace import content_type, key_of, list_images
from cmc.safety.table import read_safety
from cmc.studies.labels import labels
from cmc.studies.measurements import Measurement, measurements
from cmc.studies.results import StudyResults
from cmc.studies.setting import Setting
from cmc.studies.views import VIEWS

MOST_SHEETS = 6
# Said in a picture's place.
NO_PICTURE = "no picture"
FLAGGED = "flagged"


@dataclass(frozen=True)
class ContactSheet:
    """One image. `gt`: None where it is not here; columns: labels of settings; pictures: by mode and column, or in a
    word why there is none; captions: by column."""

    name: str
    gt: Path | None
    modes: Sequence[str]
    columns: Sequence[str]
    pictures: Mapping[tuple[str, str], Path | str]
    captions: Mapping[str, str]


def contact_sheets(results: StudyResults, images: Sequence[str] = ()) -> list[ContactSheet]:
    """A sheet for each of `images`, else for the first of each content type, MOST_SHEETS at most; of settings that
    differ in their seed alone the first. Raises CMCError where no picture lies there, or nothing is scored."""
    decoded = [measurement for measurement in measurements(results) if not measurement.of_codec]
    settings = {measurement.setting.name: measurement.setting for measurement in decoded}
    columns = labels(list(settings.values()))
    captions = {columns[name]: _captions(results, setting) for name, setting in settings.items()}
    names = images or chosen_images(decoded)
    folders = [(measurement, _shown(_folder(results, measurement))) for measurement in decoded]
    gts = _shown(results.space.gt)
    sheets = [_sheet(name, gts.get(key_of(name)), folders, columns, captions) for name in names]
    if not any(isinstance(picture, Path) for sheet in sheets for picture in sheet.pictures.values()):
        raise CMCError(f"it needs {VIEWS['sheet'].needs}")
    return sheets


def chosen_images(found: Sequence[Measurement]) -> list[str]:
    """The first image of each content type, MOST_SHEETS at most."""
    firsts: dict[str, str] = {}
    for name in sorted({name for measurement in found for name in measurement.scores}):
        firsts.setdefault(content_type(name)[0], name)
    return list(firsts.values())[:MOST_SHEETS]


def _folder(results: StudyResults, measurement: Measurement) -> Path:
    return results.folder / measurement.setting.name / measurement.mode


def _sheet(
    name: str,
    gt: Path | str | None,
    folders: Sequence[tuple[Measurement, Mapping[str, Path | str]]],
    columns: Mapping[str, str],
    captions: Mapping[str, Mapping[str, str]],
) -> ContactSheet:
    """folders: measurements with their pictures by key, or the word that stands for one."""
    key = key_of(name)
    pictures: dict[tuple[str, str], Path | str] = {}
    for measurement, images in folders:
        # A picture whose score is stale is not what its setting says.
        path = images.get(key) if name in measurement.scores else None
        pictures[measurement.mode, columns[measurement.setting.name]] = path or NO_PICTURE
    modes = [mode for mode in MODES if any(measurement.mode == mode for measurement, _ in folders)]
    texts = {column: of_column[key] for column, of_column in captions.items() if key in of_column}
    return ContactSheet(name, gt if isinstance(gt, Path) else None, modes, list(columns.values()), pictures, texts)


def _shown(folder: Path) -> Mapping[str, Path | str]:
    """A folder's pictures by key, FLAGGED in place of those that the safety checker flags."""
    try:
        images = list_images(folder)
    except CMCError:
        return {}
    flagged = {key for key, row in read_safety(folder).items() if row.flagged}
    return {key: FLAGGED if key in flagged else path for key, path in images.items()}


def _captions(results: StudyResults, setting: Setting) -> Mapping[str, str]:
    path = results.space.text / f"{setting.captions}.csv"
    return read_captions(path) if setting.captions and path.is_file() else {}
