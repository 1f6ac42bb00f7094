"""InstructPix2Pix (arXiv 2211.09800), through diffusers: the prompt is taken as an edit of the reference."""

from typing import TYPE_CHECKING, Any

from cmc.core.facts import Option, Value
from cmc.registry import T2I
from cmc.t2i.autopipeline import PipelineDecoder, about
from cmc.t2i.base import Request, Sampling
from cmc.t2i.limits import cut_at_positions
from cmc.t2i.speed import SPEED_OPTIONS, Speed
from cmc.weights.diffusers_folder import fetch, load_components, quiet

if TYPE_CHECKING:
    import torch


@T2I.register(
    "instructpix",
    needs=["diffusers"],
    modes={"full", "image"},
    checkpoint="timbrooks/instruct-pix2pix",
    billions=1.1,
    licence="MIT, over CreativeML Open RAIL-M (Stable Diffusion 1.5)",
    no_strength="InstructPix2Pix has no denoising strength, it always starts from noise; how close it stays to the "
    "reference is its image_guidance_scale (1.5)",
    options=SPEED_OPTIONS | {"image_guidance_scale": Option(float, "how closely to keep to the reference, from 1 up")},
)
class InstructDecoder(PipelineDecoder):
    """Sees the reference beside the noise; `image_guidance_scale` from 1 up says how closely to keep to it."""

    def __init__(
        self,
        checkpoint: str,
        device: "torch.device",
        dtype: "torch.dtype",
        image_guidance_scale: float = 1.5,
        **speed: Value,
    ) -> None:
        import torch

        wanted = Speed.of(speed)
        folder = fetch(checkpoint, half=dtype != torch.float32)
        from diffusers import StableDiffusionInstructPix2PixPipeline

        quiet()
        networks, formats = load_components(folder, dtype, {"safety_checker", "feature_extractor"})
        self._text_to_image = StableDiffusionInstructPix2PixPipeline.from_pretrained(
            folder, **networks, safety_checker=None, feature_extractor=None, dtype=dtype, local_files_only=True
        )
        cut_at_positions(self._text_to_image)
        wanted.fit(self._text_to_image, device)
        self._text_to_image.set_progress_bar_config(disable=True)
        self._image_to_image = self._text_to_image
        self._image_guidance_scale = image_guidance_scale
        facts = {"image_guidance_scale": image_guidance_scale}
        self._about = about(checkpoint, folder, self._text_to_image, formats) | facts

    def _inputs(self, requests: list[Request], sampling: Sampling) -> dict[str, Any]:
        inputs = super()._inputs(requests, sampling)
        del inputs["strength"]
        return inputs | {"image_guidance_scale": self._image_guidance_scale}
