"""Tiles: they cover, they blend, they do not show."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from cmc.t2i.restorers import ldm
from cmc.t2i.restorers.colour_fix import wavelet_colour_fix
from cmc.t2i.restorers.tiled_vae import TiledVAE
from cmc.t2i.restorers.tiles import Tile, Window, blend, windows
from cmc.weights.checkpoint import take_prefix
from tests.conftest import photo
from tests.golden import golden


@pytest.mark.parametrize("plane", [(64, 64), (65, 130), (20, 200), (129, 64)])
def test_windows_cover_the_plane(plane: tuple[int, int]) -> None:
    seen = torch.zeros(plane)
    for window in windows(*plane, Tile(64, 32)):
        assert window.height <= 64
        assert window.width <= 64
        window.crop(seen).add_(1)
    assert seen.min() >= 1


def test_blending_copies_is_the_plane() -> None:
    plane = torch.rand(2, 3, 70, 90)
    assert torch.allclose(blend((70, 90), Tile(32, 16), lambda window: window.crop(plane)), plane, atol=1e-6)
    fine = plane.repeat_interleave(2, 2).repeat_interleave(2, 3)
    made = blend((70, 90), Tile(32, 16), lambda window: window.crop(fine, 2), scale=2)
    assert torch.allclose(made, fine, atol=1e-6)


def test_the_network_never_sees_more_than_a_tile() -> None:
    def largest(side: int) -> int:
        sizes = []

        def paint(window: Window) -> Tensor:
            part = window.crop(torch.zeros(1, 1, side, side))
            sizes.append(part.numel())
            return part

        blend((side, side), Tile(32, 16), paint)
        return max(sizes)

    assert largest(40) == largest(400) == 32 * 32


@pytest.fixture(scope="module")
def vae() -> TiledVAE:
    file = Path("v1.ckpt")
    state = take_prefix(golden("diffbir_v1").state, "first_stage_model.", file)
    return TiledVAE(ldm.build_vae(state, file), Tile(64, 48))


@torch.inference_mode()
def test_a_constant_picture_is_the_same_in_tiles(vae: TiledVAE) -> None:
    color = torch.tensor([0.7, 0.4, 0.2])[None, :, None, None].expand(1, 3, 192, 320)
    tiled, whole = (TiledVAE(vae.network, tile) for tile in (Tile(96, 64), Tile(1000, 1000)))
    assert len(windows(96, 160, tiled.tile)) == 2
    made = [wavelet_colour_fix(one.decode(one.mode(color)), color) for one in (tiled, whole)]
    # Group normalisation over a tile sees more of the picture's edge than over the whole: there they differ.
    inside = (made[0] - made[1])[..., 48:-48, 48:-48].abs()
    assert inside.max() <= 2 / 255


def _seam(made: Tensor, whole: Tensor, edges: list[int]) -> float:
    """How much more the difference to the untiled picture jumps where tiles end than elsewhere."""
    jumps = (made - whole).diff(dim=3).abs().mean(dim=(0, 1, 2))
    at = torch.zeros(len(jumps), dtype=torch.bool)
    at[[edge - 1 for edge in edges]] = True
    return (jumps[at].mean() / jumps[~at].mean()).item()


@torch.inference_mode()
def test_no_seam_shows_on_a_photograph(vae: TiledVAE) -> None:
    pixels = np.asarray(photo("chelsea.png").resize((256, 160)), dtype=np.float32) / 255
    latent = vae.mode(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    whole = TiledVAE(vae.network, Tile(1000, 1000)).decode(latent)
    lefts = sorted({window.left for window in windows(80, 128, vae.tile)})
    edges = [2 * left for left in lefts[1:]] + [2 * (left + 64) for left in lefts[:-1]]
    butted = TiledVAE(vae.network, Tile(64, 64)).decode(latent)
    assert _seam(butted, whole, [128]) > 3  # what a visible seam measures
    assert _seam(vae.decode(latent), whole, edges) < 1.5
