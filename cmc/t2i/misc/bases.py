"""What MISC's recipe runs over: DiffBIR v1, as published, or any decoder that starts from a reference at a strength."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.facts import DecoderFacts
from cmc.registry import T2I
from cmc.t2i.base import Decoder
from cmc.t2i.families import with_family
from cmc.t2i.restorers.released_files import released_folder

if TYPE_CHECKING:
    import torch

PICTURE, LATENT = "picture", "latent"
DIFFBIR = "diffbir"
SOURCE = "https://huggingface.co/lxq007/DiffBIR (general_full_v1.ckpt, the whole model, and not the ControlNet alone)"


@dataclass(frozen=True)
class Place:
    """Where a base is loaded: folder of released files, device, number format, width of its attention's heads."""

    checkpoint: str
    device: "torch.device"
    dtype: "torch.dtype"
    head_width: int


@dataclass(frozen=True)
class Base:
    """load: what loads it, by how an item is mixed in; item_steps: of a pass over an item, of the whole schedule;
    short_edge: smaller pictures are enlarged to it."""

    load: Mapping[str, Callable[[Place], Decoder]]
    item_steps: int
    short_edge: int = 1


def _diffbir(place: Place, masked: bool) -> Decoder:
    folder = released_folder(place.checkpoint, SOURCE)
    from cmc.t2i.misc.diffbir import LatentMixingDiffBIR, WholeDiffBIR, find_release

    kind = LatentMixingDiffBIR if masked else WholeDiffBIR
    return kind.of_release(folder, find_release(folder), place.device, place.dtype, place.head_width)


def _by_strength(name: str, place: Place) -> Decoder:
    """A decoder by name, or a folder or hub id of diffusers'. Raises CMCError for one that has no strength."""
    entry = T2I.find(name, name, "sdxl")
    checkpoint = entry.facts.checkpoint if name in T2I else name
    entry = with_family(entry, checkpoint)
    _check(name, entry.facts, place.dtype)
    decoder: Decoder = entry.create(checkpoint, place.device, place.dtype)
    return decoder


def _check(name: str, facts: DecoderFacts, dtype: "torch.dtype") -> None:
    import torch

    if facts.no_strength or not facts.generates or not facts.modes >= {"full", "pixel"}:
        raise CMCError(
            f"--base {name}: expected {DIFFBIR}, or a decoder with a strength in the full and the pixel mode, as sdxl "
            "or flux-dev, or a folder or hub id of one; name another"
        )
    if dtype == torch.float16 and facts.half != "fp16":
        raise CMCError(f"--base {name} generates in {facts.half}; give --dtype {facts.half}")


BASES = {
    DIFFBIR: Base({PICTURE: partial(_diffbir, masked=False), LATENT: partial(_diffbir, masked=True)}, 3, 1024),
}


def base_of(name: str) -> Base:
    """The base of a name. Of six steps, three are left over an item at strength 0.5."""
    return BASES.get(name) or Base({PICTURE: partial(_by_strength, name)}, item_steps=6)
