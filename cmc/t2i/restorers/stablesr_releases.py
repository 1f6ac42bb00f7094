"""StableSR's releases (arXiv 2305.07015): their files, where these are, and their licence."""

from dataclasses import dataclass

from cmc.t2i.restorers.released_files import Release

LICENCE = "S-Lab License 1.0: non-commercial use only"
# The autoencoder with feature wrapping, which all releases share.
AUTOENCODER = "vqgan_cfw_00011.ckpt"
_HUB = "https://huggingface.co/Iceclear/StableSR/resolve/main"


@dataclass(frozen=True)
class StableSRRelease(Release):
    """A release: its file, what its network predicts, and the steps it was meant to run."""

    prediction: str = "epsilon"
    steps: int = 200


# The first one whose file is there is loaded, unless `variant` names one.
RELEASES = (
    StableSRRelease("512", "stablesr_000117.ckpt"),
    StableSRRelease("768v", "stablesr_768v_000139.ckpt", prediction="v_prediction"),
    StableSRRelease("turbo", "stablesr_turbo.ckpt", steps=4),
)
SOURCES = {name: f"{_HUB}/{name} ({LICENCE})" for name in (AUTOENCODER, *(release.file for release in RELEASES))}
