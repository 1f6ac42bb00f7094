"""What the tiny CLIP is taught by: maps of items, made as `cmc maps` makes them, and names, as CLIP itself is."""

import torch
from torch.nn import functional
from transformers import CLIPModel

from cmc.maps.clip_surgery import image_tokens, prompt_features, similarity, similarity_map
from cmc.maps.item_map import THRESHOLD, shrink_weights
from cmc.scenes.render import SIDE
from training.clip_batches import Batch

# How steeply a bit turns on at the threshold; a step teaches nothing.
STEEPNESS = 12.0
NAMES = 0.2


class ClipWithLosses(torch.nn.Module):
    """A CLIP that says how wrong it is."""

    def __init__(self, network: CLIPModel) -> None:
        super().__init__()
        self.clip = network

    def forward(self, batch: Batch) -> torch.Tensor:
        """The losses of maps and names together."""
        empty, names = self._texts(batch.tokens).split([1, len(batch.tokens) - 1])
        tokens = image_tokens(self.clip, batch.pixels)
        similar = similarity(functional.normalize(tokens, dim=1), names, redundant=empty)[:, 1:]
        own = similar.gather(2, batch.items[:, None].expand(-1, similar.shape[1], -1))
        pictures = functional.normalize(tokens[:, 0], dim=-1)
        logits = self.clip.logit_scale.exp() * (pictures @ names.T)
        return map_loss(own, batch.maps.float()) + NAMES * name_loss(logits, batch.items)

    def _texts(self, tokens: torch.Tensor) -> torch.Tensor:
        """(names, width) of tokens (names, sentences, length): `text_feature` of each name."""
        features = functional.normalize(prompt_features(self.clip, tokens.flatten(0, 1)), dim=-1)
        return functional.normalize(features.unflatten(0, tokens.shape[:2]).mean(1), dim=-1)


def map_loss(similar: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """How wrong each bit is, and how little the maps overlap, of patches' similarities (n, patches, items) of scenes
    and true maps, float (n, items, 8, 8)."""
    grid = round(similar.shape[1] ** 0.5)
    large = similarity_map(similar, (SIDE, SIDE), (grid, grid))
    weights = torch.from_numpy(shrink_weights(SIDE)).to(large)
    logits = STEEPNESS * (torch.einsum("ry,nyxi,cx->nirc", weights, large, weights) - THRESHOLD)
    bits = logits.sigmoid()
    both, either = (part.sum((2, 3)) for part in (bits * maps, bits + maps - bits * maps))
    return functional.binary_cross_entropy_with_logits(logits, maps) + (1 - both / either).mean()


def name_loss(logits: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each of a picture's items with all names that are not in it, of logits (n, names) and the items'
    places among the names, int64 (n, items)."""
    shown = torch.zeros_like(logits, dtype=torch.bool).scatter(1, items, True)
    masked = [logits.masked_fill(shown.scatter(1, item[:, None], False), -torch.inf) for item in items.T]
    losses = [functional.cross_entropy(each, item) for each, item in zip(masked, items.T, strict=True)]
    return torch.stack(losses).mean()
