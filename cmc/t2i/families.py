"""What holds for all checkpoints of one pipeline class of diffusers, and is not to be read from its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.facts import DecoderFacts
from cmc.core.modes import MODES
from cmc.registry import T2I, Entry
from cmc.weights.diffusers_folder import fetch_index, pipeline_name

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

TEXT_ALONE = frozenset({"text"})
EDITING = frozenset({"full", "image"})
FROM_NOISE = "has no denoising strength: it always starts from noise, and sees the reference beside it"


@dataclass(frozen=True, kw_only=True)
class Family:
    """The defaults are those of Stable Diffusion, and of a pipeline that is not in the table.

    modes: those it generates in; half: number format on a GPU ("fp16", "bf16"); steps: of its whole schedule; guidance:
    its scale, None for the pipeline's own default; guided_by: the argument that takes the scale; negative_prompt: what
    guidance leads away from, None for the pipeline's own. multiple: of both sides in pixels, beside the VAE's.

    reader: the tokenizer of the text encoder that reads furthest; text_limit: how many tokens it is given, None for as
    many as the tokenizer says; framing: those of them that the pipeline puts before the prompt, beside a
    `system_message` of its own. constants: arguments of every call. linear_sigmas: whether a schedule of n steps is 1,
    (n - 1) / n, …, 1 / n before it is shifted, and not the scheduler's own.

    no_strength: why it has no denoising strength, "" where it has one: a family that has none edits its reference.
    batches: whether a call takes several pictures, each with a reference of its own.
    """

    modes: frozenset[str] = frozenset(MODES)
    half: str = "fp16"
    steps: int = 40
    guidance: float | None = None
    guided_by: str = "guidance_scale"
    negative_prompt: str | None = None
    multiple: int = 8
    reader: str = "tokenizer"
    text_limit: int | None = None
    framing: int = 0
    constants: Mapping[str, object] = field(default_factory=dict)
    linear_sigmas: bool = False
    no_strength: str = ""
    batches: bool = True

    @property
    def edits(self) -> bool:
        """Whether its pictures are edits of the reference, from noise, so that a strength means nothing."""
        return bool(self.no_strength)

    def arguments(self, count: int, guidance: float | None) -> dict[str, object]:
        """What a call for `count` pictures takes beside prompts, noise and size; `guidance`: None for its own."""
        arguments = dict(self.constants)
        scale = self.guidance if guidance is None else guidance
        if scale is not None:
            arguments[self.guided_by] = scale
        if self.negative_prompt is not None:
            arguments["negative_prompt"] = [self.negative_prompt] * count
        if self.text_limit is not None:
            arguments["max_sequence_length"] = self.text_limit
        return arguments

    def tokens_over(self, pipeline: "DiffusionPipeline", prompt: str) -> int:
        """How many tokens of a prompt the text encoder that reads furthest is not given."""
        tokenizer, limit = attrgetter(self.reader)(pipeline), self.text_limit
        if tokenizer is None:  # Stable Diffusion 3 may come without T5
            tokenizer, limit = pipeline.tokenizer, None
        framing = self.framing + len(tokenizer.tokenize(getattr(pipeline, "system_message", "")))
        return max(0, len(tokenizer(prompt).input_ids) + framing - (limit or tokenizer.model_max_length))


# A list of pictures is for these several references of one.
FLUX2 = Family(
    modes=EDITING,
    half="bf16",
    steps=50,
    guidance=4.0,
    multiple=16,
    reader="tokenizer.tokenizer",
    text_limit=512,
    framing=3,
    no_strength=f"FLUX.2 {FROM_NOISE}",
    batches=False,
)
QWEN_EDIT = Family(
    modes=EDITING,
    half="bf16",
    steps=50,
    guidance=4.0,
    guided_by="true_cfg_scale",
    negative_prompt=" ",
    multiple=16,
    no_strength=f"Qwen-Image-Edit {FROM_NOISE}",
    batches=False,
)

# Steps and guidance are the authors' own. Binned resolutions would be cropped to the size asked for, and captions are
# cleaned only where certain packages are installed.
FAMILIES = {
    "FluxPipeline": Family(
        half="bf16",
        steps=50,
        guidance=3.5,
        multiple=16,
        reader="tokenizer_2",
        text_limit=512,
        linear_sigmas=True,
    ),
    "StableDiffusion3Pipeline": Family(
        half="bf16", steps=28, guidance=7.0, multiple=16, reader="tokenizer_3", text_limit=256
    ),
    "QwenImagePipeline": Family(
        half="bf16",
        steps=50,
        guidance=4.0,
        guided_by="true_cfg_scale",
        negative_prompt=" ",
        multiple=16,
        text_limit=512,
        linear_sigmas=True,
    ),
    "ZImagePipeline": Family(
        half="bf16", steps=50, guidance=4.0, multiple=16, text_limit=512, framing=3, linear_sigmas=True
    ),
    "SanaPipeline": Family(
        modes=TEXT_ALONE,
        half="bf16",
        steps=20,
        guidance=4.5,
        multiple=32,
        text_limit=300,
        framing=1,
        constants={"use_resolution_binning": False},
    ),
    "PixArtSigmaPipeline": Family(
        modes=TEXT_ALONE,
        steps=20,
        guidance=4.5,
        multiple=16,
        text_limit=300,
        constants={"use_resolution_binning": False, "clean_caption": False},
    ),
    "KolorsPipeline": Family(steps=50, guidance=5.0, text_limit=256),
    "StableDiffusionInstructPix2PixPipeline": Family(
        modes=EDITING,
        no_strength=f"InstructPix2Pix {FROM_NOISE}; how close it stays to it is its image_guidance_scale (1.5)",
    ),
    "FluxKontextPipeline": Family(
        modes=EDITING,
        half="bf16",
        steps=28,
        guidance=2.5,
        multiple=16,
        reader="tokenizer_2",
        text_limit=512,
        constants={"_auto_resize": False},
        no_strength=f"FLUX.1 Kontext {FROM_NOISE}",
    ),
    "Flux2Pipeline": FLUX2,
    "Flux2KleinPipeline": replace(FLUX2, reader="tokenizer", no_strength=f"FLUX.2 [klein] {FROM_NOISE}"),
    "QwenImageEditPipeline": QWEN_EDIT,
    "QwenImageEditPlusPipeline": QWEN_EDIT,
}


def family_of(pipeline: str) -> Family:
    """The family of a pipeline class by its name, of which the image-to-image one is another."""
    return FAMILIES.get(pipeline.replace("Img2Img", ""), Family())


def with_family(entry: Entry[DecoderFacts], checkpoint: str) -> Entry[DecoderFacts]:
    """An entry with the facts of its checkpoint's family, unless its name is registered, with facts of its own; as it
    is where the checkpoint cannot be had, which loading will tell."""
    if entry.name in T2I:
        return entry
    try:
        family = family_of(pipeline_name(fetch_index(checkpoint)))
    except CMCError:
        return entry
    facts = replace(
        entry.facts,
        modes=family.modes,
        half=family.half,
        steps=family.steps,
        guidance=family.guidance,
        no_strength=family.no_strength,
    )
    return replace(entry, facts=facts)
