"""Targets that are scored already: score files of made-up decoders, with or without pictures, in no time."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from cmc.core.images import save_png
from cmc.core.modes import MODES
from cmc.leaderboard.boards import CONTENT_COUNTS
from cmc.scores.score_file import write_scores, write_summary
from cmc.scores.summary import FR, NR, summarise
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED
from tests.conftest import photo

SETTINGS = {"fr_order": "published", "fr_weights": "0" * 12, "nr_weights": "1" * 12, "dtype": "torch.float32"}
SUBTYPES = {"NSI": ("pgc", "ugc"), "SCI": ("game", "movie", "screen"), "AIGI": ("DALLE3", "MJ", "PG", "SDXL")}
SOURCES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "page.png", "motorcycle_left.png", "coins.png")
# What each mode does to a picture: (share of its side that is kept, JPEG quality).
DAMAGE = {"full": (0.5, 40), "image": (0.5, 12), "pixel": (0.12, 60), "text": (0.05, 80)}


def benchmark_names(counts: dict[str, int] | None = None) -> list[str]:
    """File names as the benchmark's: 400 NSI, 300 SCI, 300 AIGI."""
    counts = counts or CONTENT_COUNTS
    return [
        f"{kind}_{SUBTYPES[kind][index % len(SUBTYPES[kind])]}_{index:03}.png"
        for kind, count in counts.items()
        for index in range(count)
    ]


def save_scores(root: Path, scores: Sequence[Score], **settings: str) -> Path:
    """Write a target's scores.csv and summary.csv as the evaluator does."""
    folder = root / "Result" / scores[0].target
    every = {"target": scores[0].target, **SETTINGS, **settings}
    write_scores(folder / "scores.csv", scores, every)
    write_summary(folder / "summary.csv", summarise(scores), every)
    return folder


def drawn(
    target: str, names: Sequence[str], means: dict[str, tuple[float, float]], spread: float = 0.4, seed: int = 0
) -> list[Score]:
    """Normal scores about (FR, NR) by mode; an image that is hard for one target is hard for all (same `seed`)."""
    noise = np.random.default_rng(seed).normal(0, spread, (len(names), len(MODES), 2))
    noise -= noise.mean(axis=0)
    place = list(MODES)
    return [
        Score(
            name, target, mode, {FR: fr + noise[row, place.index(mode), 0], NR: nr + noise[row, place.index(mode), 1]}
        )
        for row, name in enumerate(names)
        for mode, (fr, nr) in means.items()
    ]


def degrade(image: Image.Image, mode: str, blur: float) -> Image.Image:
    """A photograph as a decoder might return it."""
    keep, quality = DAMAGE[mode]
    small = image.resize([max(2, round(side * keep)) for side in image.size])
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).resize(image.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(blur))


def measured(picture: Image.Image, gt: Image.Image) -> dict[str, float]:
    """FR from the PSNR and NR from the sharpness, both on TOPIQ's scale: real measurements, though other ones."""
    a, b = (np.asarray(one.convert("L"), dtype=float) for one in (picture, gt))
    psnr = 10 * np.log10(255**2 / max(np.mean((a - b) ** 2), 1e-3))
    return {FR: float(np.clip(psnr / 12, 0, 5)), NR: float(np.clip(np.abs(np.diff(a)).mean() / 4 + 0.5, 0, 5))}


def workspace(
    root: Path,
    targets: dict[str, float],
    names: Sequence[str],
    side: int = 160,
    caption: Callable[[str], str] = "A photograph, called {}.".format,
) -> Path:
    """GT, Ref, Text/gpt4v.csv and scored results with run files; `targets` gives each one's blur in pixels."""
    rows = ["name,text"]
    scores: dict[str, list[Score]] = {target: [] for target in targets}
    for index, name in enumerate(names):
        gt = _view(index, side)
        save_png(root / "GT" / name, gt)
        for kind in ("image", "pixel"):
            save_png(root / "Ref" / kind / name, degrade(gt, kind, 0))
        rows.append(f'{name},"{caption(name)}"')
        for target, blur in targets.items():
            for mode in MODES:
                picture = degrade(gt, mode, blur)
                save_png(root / "Result" / target / mode / name, picture)
                scores[target].append(Score(name, target, mode, measured(picture, gt), SCORED))
    captions = root / "Text" / "gpt4v.csv"
    captions.parent.mkdir(exist_ok=True)
    captions.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for found in scores.values():
        folder = save_scores(root, found)
        for mode in MODES:
            (folder / mode / "run.json").write_text(json.dumps(run(mode, "Text/gpt4v.csv")), encoding="utf-8")
    return root


def _view(index: int, side: int) -> Image.Image:
    """A photograph in the benchmark's usual shapes; the same one is cropped otherwise each time."""
    image = photo(SOURCES[index % len(SOURCES)])
    rng = np.random.default_rng(index)
    size = [round(length * rng.uniform(0.6, 0.95)) for length in image.size]
    left, top = (int(rng.integers(0, full - cut + 1)) for full, cut in zip(image.size, size))
    image = image.crop((left, top, left + size[0], top + size[1]))
    image.thumbnail((side, side))
    return image


def run(mode: str, captions: str, model: str = "sdxl") -> dict[str, object]:
    """A run file as script-t2i.py writes it."""
    settings = {
        "model": model,
        "checkpoint": "stabilityai/stable-diffusion-xl-base-1.0",
        "mode": mode,
        "prompt": MODES[mode].prompt,
        "strength": MODES[mode].strength,
        "steps": 40,
        "guidance_scale": None,
        "max_side": None,
        "seed": 42,
        "safety_checker": False,
        "dtype": "torch.float16",
        "captions": captions if MODES[mode].captioned else None,
        "references": "Ref" if MODES[mode].reference else None,
    }
    return {"settings": settings, "loaded": {"unet": "UNet2DConditionModel"}, "outcome": {"images": 9, "failed": 0}}


def cost(pictures: int, compute_s: float, **known: object) -> dict[str, object]:
    """A run file's section `cost`, of one GPU; `known`: further amounts in place of none."""
    section = {
        "device": "H200",
        "workers": 1,
        "pictures": pictures,
        "load_s": 30.0,
        "compute_s": compute_s,
        "write_s": 2.0,
        "wall_s": compute_s + 40,
        "peak_memory_mb": 11234.5,
        "memory_of": "device",
        "tokens": None,
        "energy_j": None,
        "energy_from": None,
        "dollars_per_hour": None,
        "dollars": None,
    }
    return section | known


def save_codec(root: Path, name: str, names: Sequence[str], mean: float, seconds: tuple[float, float]) -> None:
    """A scored codec's result, whose streams took these seconds to encode and to decode."""
    folder = save_scores(root, drawn(name, names, {"image": (mean, mean)})) / "image"
    settings = {"model": "vvc", "codec": "vvc", "qp": 53, "bpp": None, "suffix": ".vvc", "mode": "image"}
    (folder / "streams").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"settings": settings}), encoding="utf-8")
    rows = [f"{Path(image).stem},64,64,53,100,0.195313,{seconds[0]},{seconds[1]}" for image in names]
    header = "name,width,height,qp,bytes,bpp,encode_s,decode_s"
    (folder / "streams" / "streams.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def save_seeds(root: Path, name: str, seeds: Sequence[int], names: Sequence[str], shift: float, noise: float) -> None:
    """A decoder's scored results with several seeds, called as a study does, with run files and no pictures."""
    for seed in seeds:
        target = name if seed == 42 else f"{name}-seed{seed}"
        rng = np.random.default_rng([*name.encode(), seed])
        means = {
            "full": (2.5 + shift, 2.2),
            "image": (2.4 + shift, 2.0),
            "pixel": (1.9 + shift, 2.7),
            "text": (1.8, 3.6),
        }
        scores = [
            Score(
                one.name,
                target,
                one.mode,
                {metric: value + rng.normal(0, noise) for metric, value in one.values.items()},
            )
            for one in drawn(target, names, means)
        ]
        folder = save_scores(root, scores)
        for mode in MODES:
            made = run(mode, "Text/gpt4v.csv", model=name)
            made["settings"] = dict(made["settings"]) | {"seed": seed}  # type: ignore[call-overload]
            (folder / mode).mkdir(exist_ok=True)
            (folder / mode / "run.json").write_text(json.dumps(made), encoding="utf-8")


def add_costs(folder: Path, seconds: float, **known: object) -> None:
    """Costs in the run file of every mode of a target: 10 pictures, `seconds` of computing each."""
    for mode in MODES:
        path = folder / mode / "run.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(document | {"cost": cost(10, 10 * seconds, **known)}), encoding="utf-8")
