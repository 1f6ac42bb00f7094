"""The tiny models that learned scenes: where a clone holds them, and the flags that suit them."""

from pathlib import Path

import cmc

# Beside the package in a clone; 20 MB that no wheel carries.
TINY = Path(cmc.__file__).parents[1] / "models" / "tiny"
# With these the tiny decoder's pictures are best.
STEPS, GUIDANCE = 20, 2.0


def encoder_flags(models: Path) -> list[str]:
    """What script-i2t.py is told, to caption with the tiny encoder."""
    return ["--model_name", "tiny", "--model_dir", str(models / "captioner")]


def decoder_flags(models: Path) -> list[str]:
    """What script-t2i.py is told, to decode with the tiny decoder."""
    sampling = ["--max_side", "64", "--steps", str(STEPS), "--guidance_scale", str(GUIDANCE)]
    return ["--model_name", "tiny", "--model_dir", str(models / "diffusion"), *sampling]
