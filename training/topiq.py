"""The demo metrics: TOPIQ-FR and NR on a tiny backbone, fitted by `python -m cmc finetune` to known distortions."""

import csv
from pathlib import Path

import numpy as np
import torch

from cmc.cli.finetune import main as finetune
from cmc.images import save_png
from cmc.scenes.render import SEEDS, render
from cmc.scenes.words import KINDS
from training.data import scene_set
from training.distortions import UNSEEN_BY_NR, spoil
from training.loop import arguments

BACKBONE, WIDTH = "lcnet_050", 64
# Not among the scenes that the decoder learned: it would paint those better.
FIRST, REFERENCES, SHARE = 20_000, 90, 0.28
RATES = {"fr": 1e-3, "nr": 3e-4}
NOTE = (
    "DEMO scores: a tiny TOPIQ fitted to known distortions of drawn scenes, not to people's opinions; "
    "not comparable with any published score."
)


def table(folder: Path) -> Path:
    """Distorted scenes and their known levels as image,reference,mos, made once."""
    path = folder / "mos.csv"
    if path.is_file():
        return path
    rows = []
    for number in range(REFERENCES):
        kind = list(KINDS)[number % len(KINDS)]
        scene = render(kind, SEEDS["train"][FIRST + number])
        reference = f"{kind}_{number:03d}.png"
        save_png(folder / reference, scene.image)
        rng = np.random.default_rng([7, number])
        for one in spoil(scene.image, rng, SHARE):
            name = f"{kind}_{number:03d}_{one.distortion}_{one.level}.png"
            save_png(folder / name, one.image)
            rows.append((name, reference, one.mos))
        # Another scene altogether is as far off as can be, but no worse to look at: for FR alone.
        rows.append((f"{kind}_{(number + 3) % REFERENCES:03d}.png", reference, 0.0))
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "reference", "mos"), *rows])
    return path


def without_reference(path: Path) -> Path:
    """The same table for NR: without what nobody sees who has not seen the original, other scenes and turned hues."""
    alone = path.with_name("mos-nr.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    kept = [row for row in rows if row["image"].count("_") > 1 and f"_{UNSEEN_BY_NR}_" not in row["image"]]
    with open(alone, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("image", "reference", "mos"))
        writer.writeheader()
        writer.writerows(kept)
    return alone


@torch.no_grad()
def untrained(path: Path, use_ref: bool, images: np.ndarray, seed: int) -> Path:
    """Random weights whose normalisation layers know the scenes' statistics; TOPIQ never updates those."""
    from pyiqa.archs.topiq_arch import CFANet

    torch.manual_seed(seed)
    network = CFANet(BACKBONE, use_ref=use_ref, pretrained=False, backbone_pretrain=False, inter_dim=WIDTH)
    for module in network.semantic_model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    network.semantic_model.train()
    for start in range(0, len(images), 32):
        x = torch.from_numpy(np.array(images[start : start + 32])).permute(0, 3, 1, 2).float() / 255
        network.semantic_model(network.preprocess(x))
    state = network.eval().state_dict()
    torch.save({"params": state, "semantic_model_name": BACKBONE, "inter_dim": WIDTH}, path)
    return path


def main() -> None:
    made = arguments(__doc__ or "", steps=12)
    made.add_argument("--only", choices=("fr", "nr"), help="one of the two")
    args = made.parse_args()
    images = scene_set(args.work, "train", 12_000).images[:192]
    rows = table(args.work / "distorted")
    for name, source in (("fr", rows), ("nr", without_reference(rows))):
        if args.only not in (None, name):
            continue
        start = untrained(args.work / f"untrained-{name}.pth", name == "fr", images, args.seed)
        out = args.out / "Weight" / f"topiq-{name}.pth"
        out.parent.mkdir(parents=True, exist_ok=True)
        flags = ["--metric", f"topiq_{name}", "--table", source, "--weights", start, "--out", args.work / out.name]
        flags += [
            "--epochs",
            args.steps,
            "--learning_rate",
            RATES[name],
            "--half",
            "--note",
            NOTE,
            "--device",
            args.device,
        ]
        if finetune([str(flag) for flag in flags]) == 0:
            out.write_bytes((args.work / out.name).read_bytes())


if __name__ == "__main__":
    main()
