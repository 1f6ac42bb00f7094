"""The demo metrics: TOPIQ-FR and NR on a tiny backbone, fitted by `python -m cmc finetune` to known distortions."""

import argparse
import csv
import io
from pathlib import Path

import numpy as np
import torch

from cmc.cli.finetune import main as finetune
from cmc.core.files import write_atomic
from cmc.core.images import save_png
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.scenes.attributes import KINDS
from cmc.scenes.render import SEEDS, render
from training.backbone import drawn, made, teach
from training.data import SCENES, scene_set
from training.distortions import UNSEEN_BY_NR, spoil
from training.loop import arguments

BACKBONE, WIDTH = "lcnet_050", 64
# Not among the scenes that the decoder learned: it would paint those better.
FIRST, REFERENCES, SHARE = 20_000, 240, 0.28
# The backbone's, on the table; for NR, which has nothing but its eyes, then on ever new distortions too.
BACKBONE_STEPS, NR_STEPS = 3000, 4000
# As `cmc finetune` splits by default.
TRAIN_SHARE, SPLIT_SEED = 0.8, 42
# Learning rates, one after the other; the second for a quarter of the epochs.
RATES = {"fr": (1e-3, 2e-4), "nr": (3e-4, 6e-5)}
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
        # Another scene altogether, of the same type or not, is farther off than any distortion: for FR alone.
        for other in ((number + step) % REFERENCES for step in (3, 7)):
            rows.append((f"{list(KINDS)[other % len(KINDS)]}_{other:03d}.png", reference, 0.0))
    text = io.StringIO()
    csv.writer(text).writerows([("image", "reference", "mos"), *rows])
    # Whole or not at all: a table that is there is taken for finished.
    write_atomic(path, text.getvalue().encode())
    return path


def without_reference(path: Path) -> Path:
    """The same table for NR: without other scenes, and what nobody sees who has not seen the original."""
    alone = path.with_name("mos-nr.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    kept = [row for row in rows if row["image"].count("_") > 1 and row["image"].split("_")[2] not in UNSEEN_BY_NR]
    with open(alone, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("image", "reference", "mos"))
        writer.writeheader()
        writer.writerows(kept)
    return alone


def untrained(args: argparse.Namespace, path: Path, use_ref: bool, rows: Path) -> Path:
    """A weight file of random heads on a backbone that has learned to see distortions."""
    from pyiqa.archs.topiq_arch import CFANet

    torch.manual_seed(args.seed)
    network = CFANet(BACKBONE, use_ref=use_ref, pretrained=False, backbone_pretrain=False, inter_dim=WIDTH)
    learn, _ = split(read_opinions(rows, False), TRAIN_SHARE, SPLIT_SEED)
    known = drawn(learn)
    teach(network, [known], BACKBONE_STEPS, args.seed, args.work / "backbone.pt", args.device)
    if not use_ref:
        fresh = made(scene_set(args.work, "train", SCENES).images)
        teach(network, [known, fresh], NR_STEPS, args.seed, args.work / "backbone-nr.pt", args.device)
    state = network.eval().state_dict()
    torch.save({"params": state, "semantic_model_name": BACKBONE, "inter_dim": WIDTH}, path)
    return path


def main() -> None:
    parser = arguments(__doc__ or "", steps=8)
    parser.add_argument("--only", choices=RATES, help="one of the two")
    args = parser.parse_args()
    both = table(args.work / "distorted")
    tables = {"fr": both, "nr": without_reference(both)}
    for name, rates in RATES.items():
        if args.only not in (None, name):
            continue
        weights = untrained(args, args.work / f"untrained-{name}.pth", name == "fr", tables["nr"])
        for number, rate in enumerate(rates, 1):
            flags = {
                "metric": f"topiq_{name}",
                "table": tables[name],
                "weights": weights,
                "out": args.work / f"topiq-{name}-{number}.safetensors",
                "epochs": args.steps if number == 1 else args.steps // 4,
                "learning_rate": rate,
                "train_share": TRAIN_SHARE,
                "seed": SPLIT_SEED,
                "note": NOTE,
                "device": args.device,
            }
            words = [str(word) for flag, value in flags.items() for word in (f"--{flag}", value)]
            if finetune([*words, "--half"]):
                return
            weights = flags["out"]
        write_atomic(args.out / "Weight" / f"topiq-{name}.safetensors", weights.read_bytes())


if __name__ == "__main__":
    main()
