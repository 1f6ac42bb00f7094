"""Which images can be packed: those that have all that their modes need, none of it stale."""

from collections.abc import Sequence
from pathlib import Path

from cmc.core.choice import Choice
from cmc.core.errors import CMCError
from cmc.core.ground_truth import list_ground_truth
from cmc.core.modes import Mode
from cmc.core.workspace import check_pairs, checked_name, key_of, list_images
from cmc.maps.map_file import FOLDER
from cmc.stages.decode_jobs import Images, measure
from cmc.stages.job_origins import Sources, refuse_stale
from cmc.stages.stale_maps import stale_maps
from cmc.stream.from_folders import Folders


def images_to_pack(source: Path, choice: Choice, partial: bool) -> Images:
    """The images in a folder, or the one that `source` is; `choice` and `partial` as in `measure`."""
    if not source.is_file():
        return measure(list_ground_truth(source), choice, partial)
    key = key_of(checked_name(source.name))
    others = frozenset(list_images(source.parent)) - {key}
    one = measure({key: source}, Choice(), partial=False)
    return Images(one.sizes, others, files=one.files)


def packable(
    modes: Sequence[Mode], images: Images, folders: Folders, sources: Sources, partial: bool
) -> tuple[list[str], dict[str, str]]:
    """Keys of images that have all that the modes need, none of it stale, and reasons by key of those that cannot be
    packed. Raises CMCError, naming what lacks, unless `partial`, and always where none is left."""
    failed = dict(images.unreadable)
    keys = _complete_keys(modes, images, folders, partial, failed)
    stale = _stale(keys, modes, folders, sources)
    if not partial:
        refuse_stale(stale)
    return [key for key in keys if key not in stale], failed | stale


def _complete_keys(
    modes: Sequence[Mode], images: Images, folders: Folders, partial: bool, failed: dict[str, str]
) -> list[str]:
    keys = list(images.sizes)
    partners: dict[str, set[str]] = {}
    if any(mode.captioned for mode in modes):
        partners["caption"] = set(folders.sent)
    for kind, references in _references(modes, folders).items():
        partners[f"reference in {folders.ref / kind}"] = set(references)
    for partner, partner_keys in partners.items():
        paired = check_pairs(partner, keys, partner_keys - images.beyond - failed.keys(), partial)
        failed |= {key: f"no {partner}" for key in keys if key not in paired}
        keys = paired
    if not keys:
        raise CMCError("no image has a caption and references; see cmc reference and script-i2t.py")
    return keys


def _references(modes: Sequence[Mode], folders: Folders) -> dict[str, dict[str, Path]]:
    """References by kind and key."""
    kinds = sorted({mode.reference for mode in modes if mode.reference})
    return {kind: list_images(folders.ref / kind) for kind in kinds}


def _stale(keys: Sequence[str], modes: Sequence[Mode], folders: Folders, sources: Sources) -> dict[str, str]:
    """By key: which of caption, references and maps was made from what is another now."""
    stale = sources.stale_inputs(dict.fromkeys(keys))
    for references in _references(modes, folders).values():
        stale |= sources.stale_inputs({key: references.get(key) for key in keys})
    if any(mode.itemised for mode in modes):
        itemised = [key for key in keys if key in folders.sent and folders.sent[key].details]
        stale |= stale_maps(itemised, folders.ref / FOLDER, sources)
    return stale
