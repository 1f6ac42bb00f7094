"""The gallery's entries: thumbnails that travel in the page, links to the full pictures, captions and scores."""

import base64
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from PIL import Image

from cmc.core.errors import CMCError, ImageError
from cmc.core.images import load_rgb
from cmc.core.prefetch import prefetched
from cmc.core.workspace import WORK, Workspace, content_type, key_of, list_images
from cmc.maps.map_file import FOLDER, list_maps, read_maps
from cmc.report.map_overlay import LegendItem, has_overlay, legend, overlay
from cmc.scores.score_file import ScoreFile
from cmc.stages.evaluate import Score

# A thumbnail is about 4 KB at this side and quality; five modes of 1,000 images are then a page of 40 MB.
QUALITY = 60


class Picture(TypedDict, total=False):
    """`thumb`: a data URI; `href`: a relative link. Empty without a picture, no thumb for an unreadable one. `flagged`:
    whether it is to be blurred until it is asked for."""

    thumb: str
    href: str
    flagged: bool


class Shot(Picture):
    """A decoder's picture in one mode, with its status and its scores by metric."""

    status: str
    scores: Mapping[str, float]


class MappedPicture(Picture, total=False):
    """A ground truth with the maps of its items laid over; empty without maps."""

    items: list[LegendItem]


class GalleryEntry(TypedDict):
    """One ground truth and what was made of it: maps, references by kind, captions by target, shots by target and
    mode."""

    name: str
    type: str
    subtype: str
    gt: Picture
    maps: MappedPicture
    refs: dict[str, Picture]
    captions: dict[str, str]
    shots: dict[str, dict[str, Shot]]


@dataclass(frozen=True)
class PicturePaths:
    """Files by key: ground truths, the two references, each target's modes, and maps; empty where there are none.
    `flagged`: ground truths and pictures of modes that the safety checker flags."""

    gt: Mapping[str, Path]
    references: Mapping[str, Mapping[str, Path]]
    results: Mapping[tuple[str, str], Mapping[str, Path]]
    maps: Mapping[str, Path]
    flagged: frozenset[Path] = frozenset()


def find_pictures(space: Workspace, results: Path, files: Sequence[ScoreFile]) -> PicturePaths:
    """What there is to show of the scored `files`, whose pictures lie in `results`."""
    return PicturePaths(
        _images(space.gt),
        {kind: _images(space.ref / kind) for kind in ("image", "pixel")},
        {(file.target, mode): _images(results / file.target / mode) for file in files for mode in file.modes},
        _maps(space, files),
    )


def _maps(space: Workspace, files: Sequence[ScoreFile]) -> dict[str, Path]:
    """Those in Ref, else those beside the streams of a result."""
    folders = [space.ref, *(space.stream / file.target / WORK / "Ref" for file in files)]
    return next((maps for maps in (list_maps(folder / FOLDER) for folder in folders) if maps), {})


def _images(folder: Path) -> Mapping[str, Path]:
    # A report shows what is there; that the rest is missing was said when the pictures were scored.
    try:
        return list_images(folder)
    except CMCError:
        return {}


def gallery(
    files: Sequence[ScoreFile], paths: PicturePaths, captions: Mapping[str, Mapping[str, str]], base: Path, side: int
) -> Iterator[GalleryEntry]:
    """One JSON-ready entry an image, in order of names.

    `captions`: by target and key; `base`: the folder that links start from; `side`: longest side of a thumbnail
    in pixels. Files are read in threads ahead of the reader.
    """
    scores: dict[str, list[Score]] = {}
    for file in files:
        for score in file.scores:
            scores.setdefault(score.name, []).append(score)
    make_entry = partial(_entry, paths=paths, captions=captions, base=base, side=side)
    for _, entry in prefetched(make_entry, sorted(scores.items()), workers=os.cpu_count() or 1, depth=16):
        yield entry


def _entry(
    named_scores: tuple[str, list[Score]],
    paths: PicturePaths,
    captions: Mapping[str, Mapping[str, str]],
    base: Path,
    side: int,
) -> GalleryEntry:
    name, scores = named_scores
    key = key_of(name)
    content, subtype = content_type(name)
    path = paths.gt.get(key)
    # References and maps show their ground truth.
    gt_flagged = path in paths.flagged
    show = partial(_picture, base=base, side=side)
    shots: dict[str, dict[str, Shot]] = {}
    for score in scores:
        decoded = paths.results.get((score.target, score.mode), {}).get(key)
        shot: Shot = {**show(decoded, flagged=decoded in paths.flagged), "status": score.status, "scores": score.values}
        shots.setdefault(score.target, {})[score.mode] = shot
    return {
        "name": name,
        "type": content,
        "subtype": subtype,
        "gt": show(path, flagged=gt_flagged),
        "maps": _mapped(path, paths.maps.get(key), base, side, gt_flagged),
        "refs": {
            kind: show(references[key], flagged=gt_flagged)
            for kind, references in paths.references.items()
            if key in references
        },
        "captions": {target: texts[key] for target, texts in captions.items() if key in texts},
        "shots": shots,
    }


def _mapped(path: Path | None, maps: Path | None, base: Path, side: int, flagged: bool) -> MappedPicture:
    if path is None or maps is None:
        return {}
    try:
        item_maps, image = read_maps(maps), load_rgb(path)
    except CMCError:  # said when they were made, or the picture was scored
        return {}
    if not has_overlay(item_maps):
        return {}
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    thumb = thumbnail(overlay(image, item_maps.maps), side)
    return {"thumb": thumb, "href": link(path, base), "flagged": flagged, "items": legend(item_maps.names)}


def link(path: Path, base: Path) -> str:
    """A relative link to a file, from a page in `base`."""
    return quote(Path(os.path.relpath(path, base)).as_posix())


def _picture(path: Path | None, base: Path, side: int, flagged: bool) -> Picture:
    if path is None:
        return {}
    href = link(path, base)
    try:
        return {"thumb": thumbnail(load_rgb(path), side), "href": href, "flagged": flagged}
    except ImageError:
        return {"href": href}


def thumbnail(image: Image.Image, side: int) -> str:
    """A data URI of the picture as WebP, its longest side at most `side` pixels."""
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=2)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
