"""What networks are trained to put out, and the clean latent that it means: noise, velocity (2202.00512) or the flow
from the latent to noise (2210.02747). `noisy` has variance 1, of which `alpha` is the signal's."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Prediction:
    """scale: of alpha, what a noisy latent is multiplied by before the network; clean: of noisy latent, output and
    alpha, the clean latent."""

    scale: Callable[[float], float]
    clean: Callable[["Tensor", "Tensor", float], "Tensor"]


def _from_noise(noisy: "Tensor", output: "Tensor", alpha: float) -> "Tensor":
    return (noisy - math.sqrt(1 - alpha) * output) / math.sqrt(alpha)


def _from_velocity(noisy: "Tensor", output: "Tensor", alpha: float) -> "Tensor":
    return math.sqrt(alpha) * noisy - math.sqrt(1 - alpha) * output


def _flow_scale(alpha: float) -> float:
    """A flow's latents are (1 - sigma) z0 + sigma noise."""
    return 1 / (math.sqrt(alpha) + math.sqrt(1 - alpha))


def _from_flow(noisy: "Tensor", output: "Tensor", alpha: float) -> "Tensor":
    sigma = math.sqrt(1 - alpha) * _flow_scale(alpha)
    return _flow_scale(alpha) * noisy - sigma * output


def _as_it_is(alpha: float) -> float:
    return 1.0


FLOW = "flow"
# By the names that schedulers of diffusers have for them.
PREDICTIONS = {
    "epsilon": Prediction(_as_it_is, _from_noise),
    "v_prediction": Prediction(_as_it_is, _from_velocity),
    FLOW: Prediction(_flow_scale, _from_flow),
}
