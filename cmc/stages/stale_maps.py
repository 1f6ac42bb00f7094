"""Whether maps are still those of the ground truth and of the names that are there now."""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.names import existing
from cmc.core.origin import UNKNOWN, Origin, settings_digest
from cmc.core.run_file import read_run
from cmc.maps.map_file import SUFFIX, read_maps
from cmc.maps.names import names_digest, names_of
from cmc.stages.job_origins import Sources


def map_fault(path: Path, now: Origin) -> str:
    """What maps were made from that is not so `now`; "" where none are there yet."""
    if not path.is_file():
        return ""
    try:
        return " and ".join(read_maps(path).origin.differences(now))
    except CMCError:
        return f"something unknown ({UNKNOWN})"


def maps_of_others(maps: Mapping[str, Path], gts: Mapping[str, Path], digests: FileDigests) -> list[str]:
    """Keys of images whose maps, by key, were made from another ground truth than is there now; damaged ones count as
    none."""
    found = []
    for key in maps.keys() & gts.keys():
        with contextlib.suppress(CMCError):
            if read_maps(maps[key]).origin.gt not in (None, digests.of_file(gts[key])):
                found.append(key)
    return sorted(found)


def stale_maps(keys: Iterable[str], folder: Path, sources: Sources) -> dict[str, str]:
    """By key, of images with structured captions: why their maps in a folder cannot be sent, and what to do."""
    settings, texts = settings_digest(read_run(folder / "run.json")), sources.captions.texts if sources.captions else {}
    faults = {}
    for key in keys:
        path = existing(folder / f"{key}{SUFFIX}")
        now = Origin(settings=settings, gt=sources.gt(key), caption=names_digest(names_of(texts[key])))
        if not path.is_file():
            faults[key] = f"no maps in {folder} (run cmc maps)"
        elif fault := map_fault(path, now):
            faults[key] = f"its maps were made from {fault} (run cmc maps again)"
    return faults
