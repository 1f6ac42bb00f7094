"""StableSR (arXiv 2305.07015): Stable Diffusion 2.1 modulated by a time-aware encoder of the low-quality latent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError
from cmc.core.facts import Option
from cmc.registry import T2I
from cmc.t2i.base import Decoder

LICENCE = "S-Lab License 1.0: non-commercial use only"
DECODER = "vqgan_cfw_00011.ckpt"
_HUB = "https://huggingface.co/Iceclear/StableSR/resolve/main"


@dataclass(frozen=True)
class Version:
    """A release: its file, what its network predicts, and the steps it was meant to run."""

    name: str
    file: str
    prediction: str = "epsilon"
    steps: int = 200


# The first one whose file is there is loaded, unless `variant` names one.
VERSIONS = (
    Version("512", "stablesr_000117.ckpt"),
    Version("768v", "stablesr_768v_000139.ckpt", prediction="v_prediction"),
    Version("turbo", "stablesr_turbo.ckpt", steps=4),
)
SOURCES = {name: f"{_HUB}/{name}" for name in (DECODER, *(version.file for version in VERSIONS))}


def pick(folder: Path, variant: str | None) -> Version:
    """The release to load. Raises CMCError when no file of any, or of `variant`, is there."""
    wanted = [version for version in VERSIONS if variant in (None, version.name)]
    if not wanted:
        raise CMCError(f"stablesr has no variant {variant!r}; it has {', '.join(one.name for one in VERSIONS)}")
    for version in wanted:
        if (folder / version.file).is_file():
            return version
    names = ", ".join(version.file for version in wanted)
    raise CMCError(f"{folder} has none of {names}; download {SOURCES[wanted[0].file]} ({LICENCE})")


@T2I.register(
    "stablesr",
    needs=["diffusers"],
    modes={"full", "image"},
    checkpoint="Weight/stablesr",
    source="https://huggingface.co/Iceclear/StableSR",
    billions=1.5,
    licence=LICENCE,
    uses_text=False,
    steps=200,
    no_strength="StableSR runs its whole schedule from the noised reference, which also steers every step",
    options={
        "variant": Option(str, "which release, where the folder holds several"),
        "fidelity": Option(float, "weight of the reference's features in the decoder, 0 to 1"),
    },
)
def stablesr(
    checkpoint: str,
    device: Any,
    dtype: Any,
    variant: str | None = None,
    head_width: int = 64,
    fidelity: float = 0.5,
) -> Decoder:
    """Folder of the released files, see VERSIONS and DECODER.

    fidelity: weight of the encoder's features in the decoder, 0 (the most natural) to 1 (the most faithful);
    head_width: of the UNet's attention, 64 in Stable Diffusion 2.
    """
    from cmc.t2i.restorers.stablesr_decoder import load

    folder = Path(checkpoint)
    files = pick(folder, variant), DECODER
    return load(folder, *files, SOURCES, LICENCE, device, dtype, head_width=head_width, fidelity=fidelity)
