"""InstructPix2Pix (arXiv 2211.09800), through diffusers: the prompt is taken as an edit of the reference."""

from typing import TYPE_CHECKING, Any

from cmc.core.facts import Option, Value
from cmc.registry import T2I
from cmc.t2i.base import Request, Sampling
from cmc.t2i.editing import EditingDecoder
from cmc.t2i.families import FAMILIES
from cmc.t2i.speed import SPEED_OPTIONS

if TYPE_CHECKING:
    import torch

FAMILY = FAMILIES["StableDiffusionInstructPix2PixPipeline"]


@T2I.register(
    "instructpix",
    needs=["diffusers"],
    modes=FAMILY.modes,
    checkpoint="timbrooks/instruct-pix2pix",
    billions=1.1,
    licence="MIT, over CreativeML Open RAIL-M (Stable Diffusion 1.5)",
    no_strength=FAMILY.no_strength,
    options=SPEED_OPTIONS | {"image_guidance_scale": Option(float, "how closely to keep to the reference, from 1 up")},
)
class InstructDecoder(EditingDecoder):
    """Sees the reference beside the noise; `image_guidance_scale` from 1 up says how closely to keep to it."""

    def __init__(
        self,
        checkpoint: str,
        device: "torch.device",
        dtype: "torch.dtype",
        image_guidance_scale: float = 1.5,
        **speed: Value,
    ) -> None:
        super().__init__(checkpoint, device, dtype, **speed)
        self._image_guidance_scale = image_guidance_scale
        self._about |= {"image_guidance_scale": image_guidance_scale}

    def _inputs(self, requests: list[Request], sampling: Sampling) -> dict[str, Any]:
        return super()._inputs(requests, sampling) | {"image_guidance_scale": self._image_guidance_scale}
