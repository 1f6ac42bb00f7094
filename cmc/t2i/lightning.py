"""SDXL-Lightning (arXiv 2402.13929): a UNet distilled to a few steps, in the place of Stable Diffusion XL's."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.facts import Option
from cmc.core.modes import MODES
from cmc.registry import T2I
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.checkpoints import CHECKPOINTS, OPEN_RAIL
from cmc.t2i.speed import SPEED_OPTIONS
from cmc.weights.hub import download_snapshot, local_folder
from cmc.weights.revision import revision_of

if TYPE_CHECKING:
    import torch
    from torch import nn

VARIANTS = ("2step", "4step", "8step")
ADVICE = "give a folder with it as --model_dir; it is on https://huggingface.co/ByteDance/SDXL-Lightning"


@T2I.register(
    "sdxl-lightning",
    needs=["diffusers"],
    modes=set(MODES),
    checkpoint="ByteDance/SDXL-Lightning",
    billions=3.5,
    licence=OPEN_RAIL,
    steps=4,
    guidance=0.0,
    distilled=True,
    options=SPEED_OPTIONS
    | {
        "base": Option(str, "folder or hub id of the Stable Diffusion under it"),
        "variant": Option(str, "which release, where the folder holds several"),
    },
)
class LightningDecoder(PipelineDecoder):
    """Stable Diffusion XL with the released UNet of as many steps as `variant` (of VARIANTS) says.

    checkpoint: folder or hub id that holds the file; base: folder or hub id of Stable Diffusion XL; speed: of
    SPEED_OPTIONS.
    """

    def __init__(
        self,
        checkpoint: str,
        device: "torch.device",
        dtype: "torch.dtype",
        base: str = CHECKPOINTS["sdxl"].repository,
        variant: str = "4step",
        **speed: Any,
    ) -> None:
        self._unet = find_unet(checkpoint, variant)
        super().__init__(base, device, dtype, **speed)
        from diffusers import EulerDiscreteScheduler

        pipeline = self._text_to_image
        # As it was distilled: the first step is from noise alone.
        pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config, timestep_spacing="trailing")
        self._about |= {
            "checkpoint": checkpoint,
            "revision": f"{revision_of(self._unet.parent)} over {self._about['revision']}",
            "variant": variant,
            "base": base,
            "scheduler": "EulerDiscreteScheduler",
            "guidance_scale_default": 0.0,
        }

    def _networks(self, folder: Path, dtype: "torch.dtype", omitted: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
        networks, formats = super()._networks(folder, dtype, omitted | {"unet"})
        return networks | {"unet": load_unet(folder, self._unet, dtype)}, formats | {"unet": self._unet.name}


def find_unet(checkpoint: str, variant: str) -> Path:
    """The file of a release. Raises CMCError for one that there is not, and where it cannot be had."""
    if variant not in VARIANTS:
        raise CMCError(f"sdxl-lightning has no variant {variant!r}; it has {', '.join(VARIANTS)}")
    name = f"sdxl_lightning_{variant}_unet.safetensors"
    return local_folder(checkpoint, ADVICE, name, partial(download_snapshot, patterns=[name])) / name


def load_unet(folder: Path, file: Path, dtype: "torch.dtype") -> "nn.Module":
    """A UNet as the one in `folder` is built, of the weights in `file`. Raises CMCError where these are not its."""
    from diffusers import UNet2DConditionModel

    from cmc.weights.checkpoint import build_network, read_checkpoint

    config = UNet2DConditionModel.load_config(folder, subfolder="unet", local_files_only=True)
    unet = build_network(lambda: UNet2DConditionModel.from_config(config), read_checkpoint(file), file)
    return unet.to(dtype)
