"""MISC (arXiv 2402.16749): DiffBIR v1 over a picture's items, each where it is, and then over the whole."""

from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.facts import Option, one_of, positive
from cmc.registry import T2I
from cmc.t2i.base import Decoder
from cmc.t2i.misc.bases import DIFFBIR, LATENT, PICTURE, SOURCE, Place, base_of

if TYPE_CHECKING:
    import torch

HARD, SOFT = "hard", "soft"


@T2I.register(
    "misc",
    needs=["diffusers", "spandrel"],
    modes={"full", "image", "pixel"},
    checkpoint="Weight/diffbir",
    source=SOURCE,
    billions=1.7,
    licence="Apache-2.0 (DiffBIR), CreativeML Open RAIL++-M (Stable Diffusion 2.1)",
    steps=40,
    guidance=7.0,
    no_strength="MISC runs every pass from noise; the picture of the pass before steers every step instead",
    items=3,
    checkpoint_option="base",
    options={
        "base": Option(
            str, "what it runs over: folder or hub id of a Stable Diffusion; of misc also a decoder by name"
        ),
        "item_steps": Option(positive, "of MISC's pass over an item, of the whole noise schedule (3)"),
        "item_guidance": Option(float, "classifier-free guidance of MISC's pass over an item (3.5)"),
        "map_edges": Option(one_of(SOFT, HARD), "soft: MISC's maps are enlarged bicubically; hard: in blocks"),
        "mixing": Option(one_of(PICTURE, LATENT), "latent: keep what is outside of an item's map at every step too"),
    },
)
def misc(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    base: str = DIFFBIR,
    item_steps: int | None = None,
    item_guidance: float = 3.5,
    map_edges: str = SOFT,
    mixing: str = PICTURE,
    head_width: int = 64,
) -> Decoder:
    """Folder of DiffBIR v1's whole model, `general_full_v1.ckpt`, in one file.

    base: of `bases.py`; item_steps: None for its own; mixing: `latent` is none of MISC's; head_width: of the UNet's
    attention, 64 in Stable Diffusion 2. Raises CMCError for a base that cannot mix so, and for one that cannot be had.
    """
    row = base_of(base)
    if mixing not in row.load:
        raise CMCError(f"--mixing {mixing}: {base} mixes pictures alone; leave it out, or take --base {DIFFBIR}")
    decoder = row.load[mixing](Place(checkpoint, device, dtype, head_width))
    from cmc.t2i.misc.recipe import MiscDecoder, Recipe

    recipe = Recipe(item_steps or row.item_steps, item_guidance, map_edges, row.short_edge)
    about = {"base": base, "item_steps": recipe.steps, "item_guidance": item_guidance}
    return MiscDecoder(decoder, recipe, about | {"map_edges": map_edges, "mixing": mixing})
