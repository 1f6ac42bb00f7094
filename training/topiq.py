"""The demo metrics: TOPIQ-FR and NR on a tiny backbone, fine-tuned to known distortions as `cmc finetune` does it."""

from pathlib import Path

import torch

from cmc.core.files import write_atomic
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.metrics.finetune.run import FineTuning, FineTuningSettings
from training.backbone import fresh_batches, table_batches, train_backbone
from training.data import SCENES, scene_set
from training.distorted_scenes import distorted_scenes, without_reference
from training.options import Options, build_parser, from_arguments

BACKBONE, WIDTH = "lcnet_050", 64
# The backbone's, on the table; for NR, which has nothing but its eyes, then on ever new distortions too.
BACKBONE_STEPS, NR_STEPS = 3000, 4000
# Learning rates, one after the other; the second for a quarter of the epochs.
RATES = {"fr": (1e-3, 2e-4), "nr": (3e-4, 6e-5)}
NOTE = (
    "DEMO scores: a tiny TOPIQ fitted to known distortions of drawn scenes, not to people's opinions; "
    "not comparable with any published score."
)


def untrained(name: str, nr_table: Path, options: Options) -> Path:
    """A weight file of random heads on a backbone that has learned to see distortions; name: "fr" or "nr"."""
    from pyiqa.archs.topiq_arch import CFANet

    torch.manual_seed(options.seed)
    network = CFANet(BACKBONE, use_ref=name == "fr", pretrained=False, backbone_pretrain=False, inter_dim=WIDTH)
    # Nothing that fine-tuning holds out.
    train, _ = split(read_opinions(nr_table, False), FineTuningSettings.train_share, FineTuningSettings.seed)
    sources = [table_batches(train)]
    train_backbone(network, sources, BACKBONE_STEPS, options.seed, options.work / "backbone.pt", options.device)
    if name == "nr":
        sources.append(fresh_batches(scene_set(options.work, "train", SCENES).images))
        train_backbone(network, sources, NR_STEPS, options.seed, options.work / "backbone-nr.pt", options.device)
    path = options.work / f"untrained-{name}.pth"
    state = network.eval().state_dict()
    torch.save({"params": state, "semantic_model_name": BACKBONE, "inter_dim": WIDTH}, path)
    return path


def fine_tune(name: str, table: Path, weights: Path, options: Options) -> Path:
    """The weight file after all learning rates; name: "fr" or "nr"."""
    for number, rate in enumerate(RATES[name], 1):
        settings = FineTuningSettings(
            metric=f"topiq_{name}",
            table=table,
            out=options.work / f"topiq-{name}-{number}.safetensors",
            weights=weights,
            epochs=options.steps if number == 1 else options.steps // 4,
            learning_rate=rate,
            note=NOTE,
            half=True,
        )
        run = FineTuning.start(settings, options.device)
        for epoch in run.epochs():
            print(epoch, flush=True)
        run.save()
        weights = settings.out
    return weights


def main() -> None:
    """Draw the table, train the backbones, fine-tune both metrics, and write their weights."""
    parser = build_parser(__doc__, steps=8)
    parser.add_argument("--only", choices=RATES, help="one of the two")
    args = parser.parse_args()
    options = from_arguments(args)
    fr_table = distorted_scenes(options.work / "distorted")
    nr_table = without_reference(fr_table)
    tables = {"fr": fr_table, "nr": nr_table}
    for name in [args.only] if args.only else tables:
        weights = fine_tune(name, tables[name], untrained(name, nr_table, options), options)
        write_atomic(options.out / "Weight" / f"topiq-{name}.safetensors", weights.read_bytes())


if __name__ == "__main__":
    main()
