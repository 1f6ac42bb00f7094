"""The released checkpoints of CDC (hub rhyang/CDC_params), taken apart: every name is used, or is one known to be left.

The x-prediction's files hold averaged weights under `ema`, the eps-prediction's plain ones under `model`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from cmc.codecs.cdc.compressor import Compressor, build_compressor
from cmc.codecs.cdc.sampler import Sampler, cosine_alphas, linear_alphas
from cmc.codecs.cdc.unet import UNet, build_unet
from cmc.core.errors import CMCError
from cmc.weights.checkpoint import State, check_prefixes, read_checkpoint, refuse_unknown, shape_of, take_prefix

_NETWORKS = ("denoise_fn.", "context_fn.")
# Of training: its schedule, and the network of its perceptual loss.
_LEFT = ("train_", "loss_fn_vgg.")
_SCHEDULE = "train_alphas_cumprod"


@dataclass(frozen=True)
class Release:
    """How a kind of checkpoint is laid out and sampled. wrapper: the table with the weights; prefix: before each name;
    beside: other names and starts of names in that table; unnamed: of `build_compressor`."""

    wrapper: str
    prefix: str
    beside: tuple[str, ...]
    unnamed: bool
    sampler: Sampler


X = Release("ema", "ema_model.", ("online_model.", "initted", "step"), False, Sampler(cosine_alphas(8193), 65, "x0"))
EPS = Release("model", "", (), True, Sampler(linear_alphas(20_000), 200, "noise"))
RELEASES = {"cdc-x": X, "cdc-eps": EPS}


@dataclass(frozen=True)
class Networks:
    """What a checkpoint holds, and `state`, the weights that it was built from."""

    compressor: Compressor
    unet: UNet
    state: State


def load_networks(path: Path, release: Release) -> Networks:
    """The networks of a checkpoint. Raises CMCError when it cannot be read, when one name or shape is not the
    release's, and for one that was trained with another schedule."""
    state = read_checkpoint(path, (release.wrapper,))
    if release.prefix:
        check_prefixes(state, (release.prefix, *release.beside), path)
        state = take_prefix(state, release.prefix, path)
    refuse_unknown((name for name in state if not name.startswith((*_NETWORKS, *_LEFT))), path)
    _check_schedule(state, release.sampler.alphas, path)
    kept = {name: value for name, value in state.items() if name.startswith(_NETWORKS)}
    unet = build_unet(take_prefix(kept, "denoise_fn.", path), path)
    compressor = build_compressor(take_prefix(kept, "context_fn.", path), path, release.unnamed)
    return Networks(compressor, unet, kept)


def _check_schedule(state: dict[str, Tensor], alphas: np.ndarray, path: Path) -> None:
    length = shape_of(state, _SCHEDULE, path).numel()
    if length != len(alphas) or not np.allclose(state[_SCHEDULE].numpy(), alphas, rtol=0, atol=1e-5):
        raise CMCError(
            f"{path} was trained with another noise schedule ({length:,} steps, expected {len(alphas):,} of its own); "
            "use cdc-x for x-prediction checkpoints and cdc-eps for eps-prediction ones"
        )
