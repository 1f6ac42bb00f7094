"""Folders to `.cmc` files: each image's caption and references, packed by mode."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc.core.choice import Choice
from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.ground_truth import list_ground_truth
from cmc.core.modes import Mode
from cmc.core.prefetch import prefetched
from cmc.core.workspace import check_pairs, checked_name, key_of, list_images
from cmc.stages.decode_jobs import Images, measure
from cmc.stages.job_origins import Sources, refuse_stale
from cmc.stream.container import pack
from cmc.stream.from_folders import Folders, gather
from cmc.stream.to_folders import SUFFIX


@dataclass(frozen=True)
class PackedImage:
    """One image's files: its GT size (width, height), and bytes by mode."""

    size: tuple[int, int]
    sizes_in_bytes: dict[str, int]


def images_to_pack(source: Path, choice: Choice, partial: bool) -> Images:
    """The images in a folder, or the one that `source` is; `choice` and `partial` as in `measure`."""
    if not source.is_file():
        return measure(list_ground_truth(source), choice, partial)
    key = key_of(checked_name(source.name))
    others = frozenset(list_images(source.parent)) - {key}
    one = measure({key: source}, Choice(), partial=False)
    return Images(one.sizes, others, files=one.files)


def complete_keys(modes: Sequence[Mode], images: Images, folders: Folders, partial: bool) -> list[str]:
    """Keys of images that have all that the modes need. Raises CMCError, naming what lacks, unless `partial`."""
    keys = list(images.sizes)
    partners: dict[str, set[str]] = {}
    if any(mode.captioned for mode in modes):
        partners["caption"] = set(folders.captions)
    for kind, references in _references(modes, folders).items():
        partners[f"reference in {folders.ref / kind}"] = set(references)
    for partner, partner_keys in partners.items():
        keys = check_pairs(partner, keys, partner_keys - images.beyond - images.unreadable.keys(), partial)
    if not keys:
        raise CMCError("no image has a caption and references; see cmc reference and script-i2t.py")
    return keys


def _references(modes: Sequence[Mode], folders: Folders) -> dict[str, dict[str, Path]]:
    """References by kind and key."""
    kinds = sorted({mode.reference for mode in modes if mode.reference})
    return {kind: list_images(folders.ref / kind) for kind in kinds}


def without_stale(
    keys: Sequence[str], modes: Sequence[Mode], folders: Folders, sources: Sources, partial: bool
) -> list[str]:
    """Keys of images whose caption and references were made from the ground truth that is there now. Raises CMCError
    that names the others, unless `partial`."""
    stale = sources.stale_inputs(dict.fromkeys(keys))
    for references in _references(modes, folders).values():
        stale |= sources.stale_inputs({key: references.get(key) for key in keys})
    if not partial:
        refuse_stale(stale)
    return [key for key in keys if key not in stale]


def pack_images(
    keys: Sequence[str], images: Images, modes: Sequence[Mode], folders: Folders, target: Path, workers: int
) -> Iterator[PackedImage]:
    """Write `target`/<mode>/<key>.cmc of each, in order. Raises CMCError as `gather`, and, naming the
    image, for one that the format has no room for."""

    def pack_one(key: str) -> list[bytes]:
        streams = gather(key, images.sizes[key], modes, folders)
        try:
            return [pack(stream) for stream in streams]
        except CMCError as error:
            raise CMCError(f"{key}: {error}") from error

    for key, files in prefetched(pack_one, keys, workers, depth=2 * workers):
        for mode, data in zip(modes, files, strict=True):
            write_atomic(target / mode.name / f"{key}{SUFFIX}", data)
        sizes_in_bytes = {mode.name: len(data) for mode, data in zip(modes, files, strict=True)}
        yield PackedImage(images.sizes[key], sizes_in_bytes)
