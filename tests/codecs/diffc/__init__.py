"""DiffC over the tiny diffusion model that comes along."""

from pathlib import Path

from cmc.codecs.diffc.codec import DiffC
from cmc.registry import CODECS

TINY = str(Path(__file__).parents[3] / "models/tiny/diffusion")


def codec(level: int, checkpoint: str = TINY, caption: str = "") -> DiffC:
    """The codec down to a level."""
    built: DiffC = CODECS.get("diffc").create(qp=level, checkpoint=checkpoint, caption=caption)
    return built
