"""Decoders that take the prompt as an edit of the reference, through diffusers: FLUX.1 Kontext and those after it."""

from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Picture, Request, Sampling
from cmc.t2i.families import family_of
from cmc.weights.diffusers_folder import fetch_index, pipeline_name

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline


class EditingDecoder(PipelineDecoder):
    """From noise, with the reference beside it: the full and image mode, without a strength."""

    def __init__(self, checkpoint: str, device: "torch.device", dtype: "torch.dtype", **options: Any) -> None:
        """Options as of `PipelineDecoder`. Raises CMCError for a checkpoint of a family that edits nothing."""
        name = pipeline_name(fetch_index(checkpoint))
        if not family_of(name).edits:
            raise CMCError(f"{name or checkpoint} edits no reference; load it with another --model_name")
        super().__init__(checkpoint, device, dtype, **options)

    def _loader(self) -> "type[DiffusionPipeline]":
        from diffusers import DiffusionPipeline

        return DiffusionPipeline

    def _pipeline(self, referenced: bool) -> "DiffusionPipeline":
        return self._prompts.serve(self._text_to_image)

    def sigma(self, sampling: Sampling, size: tuple[int, int]) -> float | None:
        return None

    def check(self, sampling: Sampling) -> None:
        super().check(sampling)
        if MODES[sampling.mode].reference is None or sampling.strength != 1:
            name = type(self._text_to_image).__name__
            raise CMCError(
                f"{name} edits a reference, without a strength; load it with --model_name of its family, or a new name"
            )

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        if self._family.batches:
            return super().render(requests, sampling)
        pictures: list[Picture] = []
        for request in requests:
            pictures += super().render([request], sampling)
        return pictures

    def _inputs(self, requests: list[Request], sampling: Sampling) -> dict[str, Any]:
        inputs = super()._inputs(requests, sampling)
        del inputs["strength"]
        return inputs if self._family.batches else inputs | {"image": requests[0].reference}


def load_decoder(checkpoint: str, device: "torch.device", dtype: "torch.dtype", **options: Any) -> PipelineDecoder:
    """The decoder of a checkpoint of diffusers', as its family generates. Options as of `PipelineDecoder`.

    Raises CMCError for a checkpoint that cannot be had.
    """
    family = family_of(pipeline_name(fetch_index(checkpoint)))
    return (EditingDecoder if family.edits else PipelineDecoder)(checkpoint, device, dtype, **options)
