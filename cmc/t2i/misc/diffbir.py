"""DiffBIR v1 as MISC runs it: the whole model, told by prompts, over a million pixels at once."""

from dataclasses import replace
from pathlib import Path

import torch

from cmc.maps.item_map import expand
from cmc.t2i.base import Picture, Request, Sampling
from cmc.t2i.restorers.diffbir_decoder import DiffBIR
from cmc.t2i.restorers.diffbir_releases import RELEASES, SOURCES, DiffBIRRelease
from cmc.t2i.restorers.released_files import pick_release
from cmc.t2i.restorers.tensors import Noise, to_images, to_pictures
from cmc.t2i.restorers.tiles import Tile

NEGATIVE_PROMPT = "Blurry, Low Quality"
VARIANT = "v1-full"


class WholeDiffBIR(DiffBIR):
    """In one piece up to 1024x1024, as published, larger pictures in tiles of that size; at the size given, which the
    recipe has enlarged."""

    tile = Tile(128, 96)
    short_edge = 1


class LatentMixingDiffBIR(WholeDiffBIR):
    """The same, but a request with a guide changes the picture where its map says, in the latent and at every step;
    all of a batch have one, or none. None of MISC's."""

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        if not requests[0].guides:
            return super().render(requests, sampling)
        with torch.inference_mode():
            images, noise = to_images(requests, self.device), Noise(requests, self.device)
            maps = torch.stack([_inside(request) for request in requests]).to(self.device)
            prompts = [request.prompt for request in requests]
            return to_pictures(self.restore(images, prompts, noise, sampling, maps))


def _inside(request: Request) -> torch.Tensor:
    """(1, height, width), 1 where the item of a request is, 0 elsewhere."""
    return torch.from_numpy(expand(request.guides[0].where, request.size)).float()[None]


def find_release(folder: Path) -> DiffBIRRelease:
    """The whole model of v1, which reads prompts here. Raises CMCError when its file is not in the folder."""
    release = pick_release("misc", folder, VARIANT, RELEASES, SOURCES)
    return replace(release, reads_prompt=True, guidance_scale=7.0, negative_prompt=NEGATIVE_PROMPT)
