"""`cmc demo --codecs`: drawn scenes by VVC, by DiffC with and without captions, and by CMC over the same model."""

from pathlib import Path

from cmc.scenes.tiny_models import decoder_flags, encoder_flags

# As many as three minutes of one core allow, of the side that the tiny diffusion model learned.
COUNT, SIDE = 6, 64
VVC = (63, 57, 51, 45)
# Of 1,000, chosen so that rates of DiffC and of CMC's modes overlap.
LEVELS = (700, 400, 200, 100)
LATENT, CAPTIONED = "diffc", "diffc-captions"
ABOUT = """
  One tiny diffusion model decodes for CMC, from captions and references, and is the prior of DiffC, which sends noisy
  latents; it knows nothing but scenes like these. Scores are demo scores, the captions by the tiny captioner.
"""


def commands(count: int, models: Path) -> list[list[str]]:
    """As a user would type them after `cmc`, without `--root`."""
    targets = [
        "tiny",
        *(f"vvc-qp{qp}" for qp in VVC),
        *(f"{name}-qp{level}" for name in (LATENT, CAPTIONED) for level in LEVELS),
    ]
    diffc = ["codec", "--codec", "diffc", "--qp", _listed(LEVELS), "--model_dir", str(models / "diffusion")]
    # PSNR and SSIM beside the demo metrics: they have learned nothing.
    metrics = ["--metrics", "benchmark", "psnr", "ssim", "--model_weight", str(models / "Weight")]
    return [
        ["scenes", "--count", str(count), "--side", str(SIDE)],
        ["reference"],
        ["i2t", *encoder_flags(models)],
        ["t2i", "--mode", "all", "--input_path", "tiny", *decoder_flags(models)],
        ["codec", "--codec", "vvc", "--qp", _listed(VVC)],
        [*diffc, "--result_name", LATENT],
        # Another name: qualities of one name would be one curve.
        [*diffc, "--result_name", CAPTIONED, "--captions", "tiny"],
        ["evaluate", "--target", *targets, *metrics],
        ["report"],
        ["compare", *targets, "--anchor", LATENT],
    ]


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


def ending(root: Path, seconds: float) -> str:
    """What to look at."""
    return f"""{ABOUT}
  Done in {seconds:.0f} s.

  pictures    {root}/Result/<result>/<mode>, streams beside them
  tables      {root}/compare/points.csv, bd.csv, equal-rate.csv
  to look at  {root}/compare/rate-distortion.html: the curves, and what a bit is better spent on
              {root}/report.html: the pictures beside each other

  The same of a real model: docs/compare.md, "A caption or a noisy latent".
"""
