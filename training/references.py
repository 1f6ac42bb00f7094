"""What the modes start from, for training scenes: grids of pixels and codec pictures, as `cmc reference` makes them."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.codecs.pixelgrid import spread
from cmc.core.files import write_atomic
from cmc.core.images import RESAMPLING
from cmc.core.prefetch import prefetched
from cmc.registry import CODECS
from cmc.stages.code_images import Coder
from cmc.stages.make_references import QP, codec_kind, pixel_kind
from training.data import CHUNK


def coder(kind: str) -> Coder:
    """What `cmc reference` codes references of a kind, "image" or "pixel", with."""
    return (pixel_kind() if kind == "pixel" else codec_kind(CODECS.get("vvc"), QP)).code


def references(folder: Path, kind: str, images: np.ndarray, side: int) -> np.ndarray:
    """References of `images`, uint8 (n, height, width, 3), at the decoder's size: uint8 (n, side, side, 3).

    kind: "image" or "pixel". Kept in `folder` in parts, so that a run that was killed makes only the rest.
    """
    parts = []
    for start in range(0, len(images), CHUNK):
        path = folder / f"references-{kind}-{start}-{len(images)}.npy"
        if not path.is_file():
            part = _coded(kind, images[start : start + CHUNK], side)
            buffer = io.BytesIO()
            np.save(buffer, part)
            write_atomic(path, buffer.getvalue())
            print(f"{kind} references: {start + len(part)} of {len(images)}", flush=True)
        parts.append(np.load(path))
    return np.concatenate(parts)


def _coded(kind: str, images: np.ndarray, side: int) -> np.ndarray:
    code = coder(kind)

    def reference(pixels: np.ndarray) -> np.ndarray:
        image = Image.fromarray(pixels)
        decoded = code("", image)[1].picture
        whole = decoded if decoded.size == image.size else spread(decoded, image.size)
        return np.asarray(whole.resize((side, side), RESAMPLING))

    workers = os.cpu_count() or 1
    return np.stack([pixels for _, pixels in prefetched(reference, images, workers, depth=2 * workers)])
