"""Decoders by name that are checkpoints of diffusers: where they are, their licence, and what is their own."""

from dataclasses import dataclass
from functools import partial

from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.editing import EditingDecoder, load_decoder
from cmc.t2i.families import FAMILIES, family_of
from cmc.t2i.speed import SPEED_OPTIONS

OPEN_RAIL = "CreativeML Open RAIL++-M"
SDXL = "StableDiffusionXLPipeline"
SD3 = "StableDiffusion3Pipeline"
CHECKER = {"safety_checker": Option(bool, "black out what Stable Diffusion's checker flags, where the model has one")}


@dataclass(frozen=True)
class Checkpoint:
    """A repository on the hub, the licence of its weights, billions of them, and its pipeline's class.

    steps, guidance: of one that has others than its family; distilled: it was, to few steps, which still leave the weak
    strengths two, and to no guidance (0, or 1 where that is none). text_limit, max_side: as of `PipelineDecoder`.
    """

    repository: str
    licence: str
    billions: float
    pipeline: str = SDXL
    steps: int | None = None
    guidance: float | None = None
    distilled: bool = False
    text_limit: int | None = None
    max_side: int | None = None


CHECKPOINTS = {
    "real": Checkpoint("SG161222/RealVisXL_V4.0", OPEN_RAIL, 3.5),
    "sdxl": Checkpoint("stabilityai/stable-diffusion-xl-base-1.0", OPEN_RAIL, 3.5),
    "sd15": Checkpoint("stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML Open RAIL-M", 1.1),
    "ssd-1b": Checkpoint("segmind/SSD-1B", "Apache-2.0", 2.2),
    "pg20": Checkpoint("playgroundai/playground-v2-1024px-aesthetic", "Playground v2 Community License", 3.5),
    "pg25": Checkpoint("playgroundai/playground-v2.5-1024px-aesthetic", "Playground v2.5 Community License", 3.5),
    "dreamlike": Checkpoint("dreamlike-art/dreamlike-photoreal-2.0", "CreativeML Open RAIL-M, modified", 1.1),
    "sdxl-turbo": Checkpoint(
        "stabilityai/sdxl-turbo",
        "Stability AI's sai-nc-community",
        3.5,
        steps=4,
        guidance=0.0,
        distilled=True,
        max_side=512,
    ),
    "flux-dev": Checkpoint("black-forest-labs/FLUX.1-dev", "FLUX.1 [dev] Non-Commercial License", 16.9, "FluxPipeline"),
    "flux-schnell": Checkpoint(
        "black-forest-labs/FLUX.1-schnell",
        "Apache-2.0",
        16.9,
        "FluxPipeline",
        steps=4,
        guidance=0.0,
        distilled=True,
        text_limit=256,
    ),
    "sd35-large": Checkpoint(
        "stabilityai/stable-diffusion-3.5-large", "Stability AI Community License", 13.7, SD3, guidance=3.5
    ),
    "sd35-medium": Checkpoint(
        "stabilityai/stable-diffusion-3.5-medium", "Stability AI Community License", 8.1, SD3, steps=40, guidance=4.5
    ),
    "qwen-image": Checkpoint("Qwen/Qwen-Image", "Apache-2.0", 28.8, "QwenImagePipeline"),
    "z-image": Checkpoint("Tongyi-MAI/Z-Image", "Apache-2.0", 10.3, "ZImagePipeline"),
    "z-image-turbo": Checkpoint(
        "Tongyi-MAI/Z-Image-Turbo", "Apache-2.0", 10.3, "ZImagePipeline", steps=8, guidance=0.0, distilled=True
    ),
    "sana": Checkpoint(
        "Efficient-Large-Model/Sana_1600M_1024px_BF16_diffusers",
        "NVIDIA License (NSCL v2-custom), Gemma Terms of Use",
        4.6,
        "SanaPipeline",
    ),
    "pixart-sigma": Checkpoint("PixArt-alpha/PixArt-Sigma-XL-2-1024-MS", OPEN_RAIL, 5.5, "PixArtSigmaPipeline"),
    "kolors": Checkpoint(
        "Kwai-Kolors/Kolors-diffusers",
        "Kolors' Model License: research, commercial use after registration",
        8.9,
        "KolorsPipeline",
    ),
    "flux-kontext": Checkpoint(
        "black-forest-labs/FLUX.1-Kontext-dev", "FLUX.1 [dev] Non-Commercial License", 16.9, "FluxKontextPipeline"
    ),
    "flux2": Checkpoint("black-forest-labs/FLUX.2-dev", "FLUX.2 [dev] Non-Commercial License", 56.3, "Flux2Pipeline"),
    "flux2-klein": Checkpoint(
        "black-forest-labs/FLUX.2-klein-4B",
        "Apache-2.0",
        8.0,
        "Flux2KleinPipeline",
        steps=4,
        guidance=1.0,
        distilled=True,
    ),
    "qwen-image-edit": Checkpoint("Qwen/Qwen-Image-Edit", "Apache-2.0", 28.8, "QwenImageEditPipeline"),
    "qwen-image-edit-2509": Checkpoint("Qwen/Qwen-Image-Edit-2509", "Apache-2.0", 28.8, "QwenImageEditPlusPipeline"),
}


def _register(name: str, stated: Checkpoint) -> None:
    family = family_of(stated.pipeline)
    # By name, a checkpoint has the facts of the name, so it must be of such a family.
    factory = EditingDecoder if family.edits else load_decoder
    T2I.register(
        name,
        needs=["diffusers"],
        checkpoint=stated.repository,
        licence=stated.licence,
        billions=stated.billions,
        modes=family.modes,
        half=family.half,
        steps=family.steps if stated.steps is None else stated.steps,
        guidance=family.guidance if stated.guidance is None else stated.guidance,
        distilled=stated.distilled,
        no_strength=family.no_strength,
        options=SPEED_OPTIONS | ({} if stated.pipeline in FAMILIES else CHECKER),
    )(partial(factory, text_limit=stated.text_limit, max_side=stated.max_side))


for _name, _stated in CHECKPOINTS.items():
    _register(_name, _stated)
