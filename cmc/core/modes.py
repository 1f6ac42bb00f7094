"""The four working modes (CMC-Bench, section 3.2) as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """What the decoder gets in one mode.

    reference: folder under `Ref/` with the starting images, or None; prompt: fixed prompt, or None where
    the caption is used; strength: default denoising strength in (0, 1] (section 3.3).
    """

    name: str
    reference: str | None
    prompt: str | None
    strength: float

    @property
    def captioned(self) -> bool:
        """Whether the mode spends bits on a caption."""
        return self.prompt is None

    @property
    def itemised(self) -> bool:
        """Whether a caption's details and maps are of use: they tell more of the reference to start from."""
        return self.captioned and self.reference is not None


# The image mode leaves the caption out; the benchmark then steers every model by these words.
IMAGE_PROMPT = "High quality, masterpiece, clean, high-resolution, 8k"

MODES = {
    mode.name: mode
    for mode in (
        Mode("full", reference="image", prompt=None, strength=0.5),
        Mode("image", reference="image", prompt=IMAGE_PROMPT, strength=0.5),
        Mode("pixel", reference="pixel", prompt=None, strength=0.8),
        Mode("text", reference=None, prompt=None, strength=1.0),
    )
}
