"""AnimateDiff (arXiv 2307.04725), through diffusers: a short video of which one frame is kept."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.facts import Option, Value, positive
from cmc.core.modes import MODES
from cmc.registry import T2I
from cmc.t2i.autopipeline import PipelineDecoder, about
from cmc.t2i.base import Picture, Request, Sampling
from cmc.t2i.limits import cut_at_positions
from cmc.t2i.speed import SPEED_OPTIONS, Speed
from cmc.weights.diffusers_folder import fetch, load_components, load_network, quiet
from cmc.weights.hub import local_folder

if TYPE_CHECKING:
    import torch
    from diffusers import AnimateDiffPipeline, AnimateDiffVideoToVideoPipeline

ADAPTER = "guoyww/animatediff-motion-adapter-v1-5-2"


@T2I.register(
    "animate",
    needs=["diffusers"],
    modes=set(MODES),
    checkpoint="SG161222/Realistic_Vision_V5.1_noVAE",
    billions=1.5,
    licence="Apache-2.0 (AnimateDiff), CreativeML Open RAIL-M (Stable Diffusion 1.5)",
    options=SPEED_OPTIONS
    | {
        "frames": Option(positive, "length of the video"),
        "frame": Option(int, "which frame is the picture, from 0"),
        "motion_adapter": Option(str, "folder or hub id of the motion modules"),
    },
)
class AnimateDecoder(PipelineDecoder):
    """Stable Diffusion 1.5 with motion modules: text to video, or video to video from a still reference.

    frames: length of the video; frame: which one is the picture, counted from 0; motion_adapter: folder or hub id.
    """

    def __init__(
        self,
        checkpoint: str,
        device: "torch.device",
        dtype: "torch.dtype",
        frames: int = 1,
        frame: int = 0,
        motion_adapter: str = ADAPTER,
        **speed: Value,
    ) -> None:
        import torch

        wanted = Speed.of(speed)
        if not 0 <= frame < frames:
            raise CMCError(f"frame {frame} is not in a video of {frames}; expected 0 to {frames - 1}")
        folder = fetch(checkpoint, half=dtype == torch.float16)
        adapter_folder = local_folder(motion_adapter, "name a folder with it as --motion_adapter")
        from diffusers import AnimateDiffPipeline, AnimateDiffVideoToVideoPipeline, DDIMScheduler, MotionAdapter

        from cmc.t2i.restorers.text_encoder import load_tokenizer

        quiet()
        networks, formats = load_components(folder, dtype, {"safety_checker", "feature_extractor"})
        adapter, formats["motion_adapter"] = load_network(MotionAdapter, adapter_folder, "", dtype)
        self._text_to_image = AnimateDiffPipeline(
            vae=networks["vae"],
            text_encoder=networks["text_encoder"],
            tokenizer=load_tokenizer(folder),
            unet=networks["unet"],
            motion_adapter=adapter,
            # As the motion modules were trained.
            scheduler=DDIMScheduler.from_pretrained(
                folder, subfolder="scheduler", beta_schedule="linear", clip_sample=False, timestep_spacing="linspace"
            ),
        )
        cut_at_positions(self._text_to_image)
        wanted.fit(self._text_to_image, device)
        self._image_to_image = AnimateDiffVideoToVideoPipeline(
            **_shared(self._text_to_image, AnimateDiffVideoToVideoPipeline)
        )
        for pipeline in (self._text_to_image, self._image_to_image):
            pipeline.set_progress_bar_config(disable=True)
        self._frames, self._frame = frames, frame
        facts = {"frames": frames, "frame": frame, "motion_adapter": motion_adapter}
        self._about = about(checkpoint, folder, self._text_to_image, formats) | facts

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        """One video at a time: each is as heavy as a batch of pictures."""
        return [self._generate(request, sampling) for request in requests]

    def _generate(self, request: Request, sampling: Sampling) -> Picture:
        import torch

        width, height = request.size
        inputs = self._inputs([request], sampling) | {"width": width, "height": height}
        if request.reference is None:
            inputs |= {"num_frames": self._frames}
        else:
            inputs |= {"video": [inputs.pop("image") * self._frames]}
        pipeline = self._pipeline(request.reference is not None)
        with torch.inference_mode():
            videos = pipeline(num_inference_steps=sampling.steps, output_type="pt", **inputs).frames
        pixels = videos[0][self._frame].permute(1, 2, 0).float().cpu().numpy()
        return Picture(np.ascontiguousarray(pixels))


def _shared(pipeline: "AnimateDiffPipeline", pipeline_class: "type[AnimateDiffVideoToVideoPipeline]") -> dict[str, Any]:
    import inspect

    wanted = inspect.signature(pipeline_class.__init__).parameters
    return {name: part for name, part in pipeline.components.items() if name in wanted}
