"""StableSR's UNet (arXiv 2305.07015, section 3.2), whose residual blocks are modulated by the features of its
time-aware encoder (SPADE, arXiv 1903.07291)."""

from pathlib import Path
from typing import Any

from diffusers import UNet2DConditionModel
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput
from torch import Tensor, nn
from torch.nn import functional

from cmc.t2i.restorers import ldm
from cmc.t2i.restorers.stablesr_struct_encoder import Features
from cmc.weights.checkpoint import State, build_network, shape_of


class Spade(nn.Module):
    """Normalisation whose scale and shift come from a feature map of `channels` channels."""

    def __init__(self, width: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.param_free_norm = nn.GroupNorm(32, width)
        self.mlp_shared = nn.Sequential(nn.Conv2d(channels, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, width, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, width, 3, padding=1)

    def forward(self, x: Tensor, feature: Tensor) -> Tensor:
        hidden = self.mlp_shared(functional.interpolate(feature, x.shape[2:], mode="nearest"))
        return self.param_free_norm(x) * (1 + self.mlp_gamma(hidden)) + self.mlp_beta(hidden)


class _SpadeConv(nn.Conv2d):
    """A residual block's second convolution, modulated before the skip is added."""

    def __init__(self, conv: nn.Conv2d, features: Features, channels: int, hidden: int) -> None:
        super().__init__(conv.in_channels, conv.out_channels, 3, padding=1)
        self.spade = Spade(conv.out_channels, channels, hidden)
        self._features = features

    def forward(self, x: Tensor) -> Tensor:
        return self.spade(super().forward(x), self._features[x.shape[-1]])


class SpadeUNet(UNet2DConditionModel):
    """`UNet2DConditionModel` with SPADE in every residual block; `struct` are the encoder's features by width."""

    def __init__(self, spade_channels: int, spade_hidden: int, **config: Any) -> None:
        super().__init__(**config)
        self._features: Features = {}
        for module in self.modules():
            if isinstance(module, ResnetBlock2D):
                module.conv2 = _SpadeConv(module.conv2, self._features, spade_channels, spade_hidden)

    def forward(self, *args: Any, struct: Features, **rest: Any) -> UNet2DConditionOutput:
        self._features.clear()
        self._features.update(struct)
        return super().forward(*args, **rest)


def build_spade_unet(state: State, where: Path, head_width: int = ldm.HEAD_WIDTH) -> SpadeUNet:
    """The UNet from weights without their `model.diffusion_model.` prefix. Raises CMCError when they do not fit."""
    hidden, channels = shape_of(state, "middle_block.0.spade.mlp_shared.0.weight", where)[:2]
    config, weights = ldm.unet_parts(state, where, head_width)
    weights = {name.replace(".spade.", ".conv2.spade."): value for name, value in weights.items()}
    return build_network(lambda: SpadeUNet(channels, hidden, **config), weights, where)
