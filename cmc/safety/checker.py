"""The safety checker's network, loaded strictly, asked for its scores alone: diffusers' own forward pass would black
out what it is given."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from cmc.core.errors import CMCError, reason
from cmc.safety.verdict import Verdict, judge
from cmc.weights.diffusers_folder import load_network
from cmc.weights.hub import download_snapshot, local_folder
from cmc.weights.revision import revision_of

if TYPE_CHECKING:
    import torch

CHECKPOINT = "CompVis/stable-diffusion-safety-checker"
ADVICE = f"give --model_dir a folder of {CHECKPOINT}"
PREPROCESSOR = "preprocessor_config.json"


class SafetyChecker:
    """A checkpoint by folder or hub id, in fp32, one picture at a time; the network is loaded for the first one.

    Raises CMCError for what is none, or does not fit.
    """

    def __init__(self, checkpoint: str, device: "torch.device") -> None:
        self._folder = local_folder(checkpoint, ADVICE, PREPROCESSOR, _download)
        self._device = device
        # Of which scores depend beside the picture.
        self.revision = revision_of(self._folder)

    def judge(self, image: Image.Image) -> Verdict:
        """The verdict on an RGB picture of any size, which is left as it is."""
        import torch
        from torch.nn.functional import normalize

        network = self._network
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            pixels = self._processor(image, return_tensors="pt").pixel_values.to(self._device)
            embedding = normalize(network.visual_projection(network.vision_model(pixels)[1]))
            concepts, special = (
                (embedding @ normalize(concepts).t())[0].cpu().numpy()
                for concepts in (network.concept_embeds, network.special_care_embeds)
            )
        weights = network.concept_embeds_weights, network.special_care_embeds_weights
        return judge(concepts, special, *(weight.detach().cpu().numpy() for weight in weights))

    @cached_property
    def _network(self) -> Any:
        import torch
        import transformers
        from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

        transformers.utils.logging.disable_progress_bar()
        network, _ = load_network(StableDiffusionSafetyChecker, self._folder, "", torch.float32)
        return network.to(self._device)

    @cached_property
    def _processor(self) -> Any:
        from transformers import CLIPImageProcessor

        try:
            return CLIPImageProcessor.from_pretrained(self._folder, local_files_only=True)
        except Exception as error:  # transformers raises kinds of its own
            raise CMCError(f"{self._folder / PREPROCESSOR} cannot be read ({reason(error)}); {ADVICE}") from error


def _download(repository: str, only_here: bool) -> str:
    """Its safetensors, or else the older files, which hold the same once more."""
    folder = download_snapshot(repository, only_here, ["*.json", "*.safetensors"])
    if any(Path(folder).glob("*.safetensors")):
        return folder
    return download_snapshot(repository, only_here, ["*.json", "*.bin"])
