"""What came of `cmc demo --rate`: who was sent away, and what fine-tuning did."""

from collections.abc import Iterable
from pathlib import Path

from cmc.cli.demo_rate import ABOUT, DIMENSION, SPOILERS, STUDY, TABLES, TARGET, TUNED, panel
from cmc.core.run_file import read_run
from cmc.core.tables import read_csv
from cmc.core.workspace import Workspace, key_of
from cmc.metrics.finetune.loop import correlation
from cmc.metrics.finetune.opinions import read_opinions, split
from cmc.metrics.finetune.run import FineTuningSettings
from cmc.raters.simulated import JUDGES
from cmc.raters.votes import DIMENSIONS
from cmc.scores.score_file import read_scores


def sent_away(study: Path) -> list[str]:
    """A line a dimension: whose votes do not count, and whether it is the right ones."""
    rows = list(read_csv(study / TABLES / "viewers.csv", ("viewer", "dimension", "kept")))
    expected = {viewer.name for viewer in panel() if viewer.kind in SPOILERS}
    lines = []
    for dimension in DIMENSIONS:
        gone = {row["viewer"] for row in rows if row["dimension"] == dimension and row["kept"] == "no"}
        verdict = "as they should be" if gone == expected else f"and it should be {_listed(expected)}"
        lines.append(f"{dimension}: {_listed(gone)}, {verdict}")
    return lines


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"


def untuned(root: Path) -> tuple[int, float]:
    """How many pictures fine-tuning held out, and the SRCC on those of the scores by the weights that it began from."""
    opinions = read_opinions(root / STUDY / TABLES / f"{DIMENSION}.csv", full_reference=False)
    _, held_out = split(opinions, FineTuningSettings.train_share, FineTuningSettings.seed)
    rows = read_scores(Workspace(root).result / TARGET / "scores.csv").scores
    scores = {(row.mode, key_of(row.name)): row.values[JUDGES[DIMENSION]] for row in rows}
    found = [scores[one.image.parent.name, key_of(one.image.name)] for one in held_out]
    return len(held_out), correlation(found, [one.mos for one in held_out])[0]


def end(root: Path, seconds: float) -> None:
    """What came of it, and where."""
    study = root / STUDY
    count, before = untuned(root)
    after = read_run((study / TUNED).with_suffix(".json"))["last"]["srcc"]
    gone = "\n              ".join(sent_away(study))
    print(f"""{ABOUT}
  Done in {seconds:.0f} s.

  sent away   {gone}
  fine-tuned  TOPIQ-NR: its SRCC with the {DIMENSION} of {count} held-out pictures was {before:.3f} and is {after:.3f};
              the votes follow the weights that it began from, so there was nothing to gain
  votes       {study}/votes.csv, as the server has kept them
  scores      {study}/{TABLES} (mos.csv, viewers.csv, mos-histograms.png)
  weights     {study}/{TUNED}, whose note says what they are fitted to

  Next, look at the page yourself, as one of them:

    python -m cmc rate make {TARGET} --root {root} --study {root}/Rating-try --viewers 1 --training 4 --dummies 0
    python -m cmc rate serve --root {root} --study {root}/Rating-try
""")
