"""Stable Diffusion and its kin, through diffusers' AutoPipelines."""

import contextlib
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError, reason
from cmc.core.facts import Value
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.t2i.base import Decoder, Picture, Request, Sampling
from cmc.t2i.families import Family, family_of
from cmc.t2i.limits import check_steps, cut_at_positions
from cmc.t2i.noise import start_sigma
from cmc.t2i.prompt_memory import PromptMemory
from cmc.t2i.speed import Speed, one_call
from cmc.weights.diffusers_folder import absent_components, fetch, load_components, quiet
from cmc.weights.revision import revision_of

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline
    from torch import Tensor


class PipelineDecoder(Decoder):
    """Text-to-image for requests without a reference, image-to-image with `strength` for the others.

    text_limit, max_side: of a checkpoint that was trained with less than its family, or than others. speed: of
    SPEED_OPTIONS.
    """

    _family = Family()

    def __init__(
        self,
        checkpoint: str,
        device: "torch.device",
        dtype: "torch.dtype",
        safety_checker: bool = False,
        text_limit: int | None = None,
        max_side: int | None = None,
        **speed: Value,
    ) -> None:
        import torch

        wanted = Speed.of(speed)
        folder = fetch(checkpoint, half=dtype == torch.float16)
        quiet()
        omitted = set() if safety_checker else {"safety_checker", "feature_extractor"}
        networks, formats = self._networks(folder, dtype, omitted)
        self._text_to_image = assemble(self._loader(), folder, networks, omitted, dtype)
        self._text_to_image.vae.enable_slicing()
        wanted.fit(self._text_to_image, device)
        family = family_of(type(self._text_to_image).__name__)
        self._family = replace(family, text_limit=text_limit or family.text_limit)
        self.max_side = max_side or self.max_side
        self.multiple = math.lcm(self._family.multiple, multiple_of(self._text_to_image))
        self._about = about(checkpoint, folder, self._text_to_image, formats)

    def _loader(self) -> Any:
        """What loads a pipeline from its folder: a class of diffusers with `from_pretrained`."""
        from diffusers import AutoPipelineForText2Image

        return AutoPipelineForText2Image

    def _networks(self, folder: Path, dtype: "torch.dtype", omitted: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """As `load_components`."""
        return load_components(folder, dtype, omitted)

    @cached_property
    def _image_to_image(self) -> "DiffusionPipeline":
        """Of the same parts, when a mode first needs it. Raises CMCError for a family that has none."""
        from diffusers import AutoPipelineForImage2Image

        name = type(self._text_to_image).__name__
        try:
            pipeline = AutoPipelineForImage2Image.from_pipe(self._text_to_image)
        except ValueError as error:
            raise CMCError(f"{name} generates from text alone ({reason(error)}); ask for --mode text") from error
        if "strength" not in inspect.signature(pipeline.__call__).parameters:
            raise CMCError(f"{type(pipeline).__name__} takes no strength; name a checkpoint of another family")
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def _pipeline(self, referenced: bool) -> "DiffusionPipeline":
        return self._prompts.serve(self._image_to_image if referenced else self._text_to_image)

    @cached_property
    def _prompts(self) -> PromptMemory:
        """Of both pipelines, which read with the same text encoders."""
        return PromptMemory()

    def check(self, sampling: Sampling) -> None:
        check_steps(self._text_to_image.scheduler, sampling.steps)
        self._pipeline(MODES[sampling.mode].reference is not None)

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        import torch

        pipeline = self._pipeline(requests[0].reference is not None)
        inputs = self._inputs(requests, sampling) | sides(pipeline, requests[0].size)
        with torch.inference_mode(), one_call(pipeline):
            output = pipeline(num_inference_steps=sampling.steps, output_type="pt", **inputs)
        flags = getattr(output, "nsfw_content_detected", None) or [False] * len(requests)
        pixels = output.images.permute(0, 2, 3, 1).float().cpu().numpy()
        return [Picture(np.ascontiguousarray(image), bool(flag)) for image, flag in zip(pixels, flags, strict=True)]

    def _inputs(self, requests: list[Request], sampling: Sampling) -> dict[str, Any]:
        import torch

        # On the CPU, so that a seed means the same noise on every device.
        noise = [torch.Generator("cpu").manual_seed(request.seed) for request in requests]
        inputs: dict[str, Any] = {"prompt": [request.prompt for request in requests], "generator": noise}
        inputs |= self._family.arguments(len(requests), sampling.guidance_scale)
        if requests[0].reference is None:
            return inputs
        return inputs | {"image": [request.reference for request in requests], "strength": sampling.strength}

    @contextlib.contextmanager
    def full_precision(self) -> Iterator[None]:
        """The VAE in fp32: some overflow in fp16 and give black pictures."""
        import torch

        vae = self._text_to_image.vae
        dtype, encode, decode = vae.dtype, vae.encode, vae.decode

        # Each time, for Stable Diffusion XL's image-to-image takes the VAE back to its own format in between.
        def encode_fp32(x: "Tensor", *args: object, **options: object) -> object:
            vae.to(torch.float32)
            output = encode(x.float(), *args, **options)
            latents = output.latent_dist
            latents.sample, latents.mode = _cast(latents.sample, dtype), _cast(latents.mode, dtype)
            return output

        def decode_fp32(z: "Tensor", *args: object, **options: object) -> object:
            vae.to(torch.float32)
            return decode(z.float(), *args, **options)

        vae.to(torch.float32)
        vae.encode, vae.decode = encode_fp32, decode_fp32
        try:
            yield
        finally:
            vae.encode, vae.decode = encode, decode
            vae.to(dtype)

    def sigma(self, sampling: Sampling, size: tuple[int, int]) -> float | None:
        referenced = MODES[sampling.mode].reference is not None
        return start_sigma(self._image_to_image, sampling, size) if referenced else None

    def tokens_over(self, prompt: str) -> int:
        return self._family.tokens_over(self._text_to_image, prompt)

    def describe(self) -> Document:
        return self._about


def _cast(draw: Callable[..., "Tensor"], dtype: "torch.dtype") -> Callable[..., "Tensor"]:
    """What draws latents, in the number format of a denoiser that some pipelines hand them to as they are."""
    return lambda *args, **options: draw(*args, **options).to(dtype)


def assemble(
    loader: Any, folder: Path, networks: Mapping[str, object], omitted: set[str], dtype: "torch.dtype"
) -> "DiffusionPipeline":
    """A checkpoint's pipeline around its `networks`, without the parts `omitted`; `loader`: a class of diffusers with
    `from_pretrained`."""
    absent = dict.fromkeys(absent_components(folder, omitted))
    pipeline = loader.from_pretrained(folder, **networks, **absent, dtype=dtype, local_files_only=True)
    cut_at_positions(pipeline)
    pipeline.watermark = None  # written where a package happens to be installed: not the same everywhere
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def multiple_of(pipeline: "DiffusionPipeline") -> int:
    """The pixels of which a pipeline's own parts let both sides be a multiple; most ask for 8 whatever the VAE."""
    processor = getattr(pipeline, "image_processor", None)
    return math.lcm(8, pipeline.vae_scale_factor, processor.config.vae_scale_factor if processor else 1)


def sides(pipeline: "DiffusionPipeline", size: tuple[int, int]) -> dict[str, int]:
    """The `size` (width, height) as a pipeline takes it; {} where it is that of the reference alone.

    Without it, those that take one generate at a size of their own whatever the reference's, and FLUX.1 Kontext at the
    sides' ratio.
    """
    taken = inspect.signature(pipeline.__call__).parameters
    width, height = size
    wanted = {"width": width, "height": height, "max_area": width * height}
    return {name: pixels for name, pixels in wanted.items() if name in taken}


def about(checkpoint: str, folder: Path, pipeline: "DiffusionPipeline", formats: dict[str, str]) -> Document:
    """What was loaded."""
    return {
        "checkpoint": checkpoint,
        "revision": revision_of(folder),
        "pipeline": type(pipeline).__name__,
        "scheduler": type(pipeline.scheduler).__name__,
        "guidance_scale_default": _guidance_default(pipeline),
        "weights": formats,
        "safety_checker": getattr(pipeline, "safety_checker", None) is not None,
    }


def _guidance_default(pipeline: "DiffusionPipeline") -> float | None:
    family = family_of(type(pipeline).__name__)
    if family.guidance is not None:
        return family.guidance
    taken = inspect.signature(pipeline.__call__).parameters
    return taken[family.guided_by].default if family.guided_by in taken else None
