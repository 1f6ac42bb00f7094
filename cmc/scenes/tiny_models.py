"""The tiny models that learned scenes: where in the repository they are, and the flags that suit them."""

from pathlib import Path

TINY = Path("models") / "tiny"
# With these the tiny decoder's pictures are best.
STEPS, GUIDANCE = 20, 2.0
# What script-i2t.py and script-t2i.py are given for them.
CAPTIONER_FLAGS = ("--model_name", "tiny", "--model_dir", str(TINY / "captioner"))
DECODER_FLAGS = (
    *("--model_name", "tiny", "--model_dir", str(TINY / "diffusion"), "--max_side", "64"),
    *("--steps", str(STEPS), "--guidance_scale", str(GUIDANCE)),
)
