"""The tiny models that learned scenes: where a clone holds them, and the flags that suit them."""

from pathlib import Path

import cmc

# Beside the package in a clone; 23 MB that no wheel carries.
TINY = Path(cmc.__file__).parents[1] / "models" / "tiny"
# With these the tiny decoder's pictures are best.
STEPS, GUIDANCE = 20, 2.0
# Of a pass over an item, which the pass over the whole goes on from.
ITEM_STEPS = 8


# What `cmc demo --study` varies; {models}: the folder of the tiny models.
STUDY = """# A small study of the tiny models on drawn scenes, beside VVC: strengths and seeds.
encoders = [{{ model_name = "tiny", model_dir = "{models}/captioner" }}]
codecs = [{{ codec = "vvc", qp = [53, 48] }}]
modes = ["full", "text"]
strength = [0.3, 0.5, 0.7]
seed = [42, 1]
metrics = ["benchmark", "ssim"]  # the tiny models' own weights, and what has learned nothing
evaluate = {{ model_weight = "{models}/Weight" }}

[[decoders]]
model_name = "tiny"
model_dir = "{models}/diffusion"
max_side = 64
steps = {steps}
guidance_scale = {guidance}

[[decoders]]
model_name = "reference"
"""


def study_plan(models: Path) -> str:
    """The demo's plan, as TOML."""
    return STUDY.format(models=models.as_posix(), steps=STEPS, guidance=GUIDANCE)


def encoder_flags(models: Path) -> list[str]:
    """What script-i2t.py is told, to caption with the tiny encoder."""
    return ["--model_name", "tiny", "--model_dir", str(models / "captioner")]


# At half a scene's side, which the tiny decoder learned.
SAMPLING = ["--max_side", "64", "--steps", str(STEPS), "--guidance_scale", str(GUIDANCE)]


def decoder_flags(models: Path) -> list[str]:
    """What script-t2i.py is told, to decode with the tiny decoder."""
    return ["--model_name", "tiny", "--model_dir", str(models / "diffusion"), *SAMPLING]


def misc_flags(models: Path) -> list[str]:
    """What `cmc misc decode` is told, to run over the tiny decoder."""
    item = ["--item_steps", str(ITEM_STEPS), "--item_guidance", str(GUIDANCE)]
    return ["--base", str(models / "diffusion"), *SAMPLING, *item]


def maps_flags(models: Path) -> list[str]:
    """What `cmc maps` is told, to find items with the tiny CLIP."""
    return ["--model_dir", str(models / "clip")]
