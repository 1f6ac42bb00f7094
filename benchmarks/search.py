"""`cmc study --search` against the full matrix: the same winner, and for which share of the pictures?

python -m benchmarks.search [--root FOLDER] [--images 24]

48 settings of the tiny decoder (4 strengths x 4 guidance scales x 3 numbers of steps, full mode) on drawn scenes that
none of the tiny models saw. The search comes first, into an empty root; then the same plan makes the rest of the full
matrix there. Pictures are counted as files, not as the search says; the winner of the full matrix is computed from the
score files anew.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.processes import run_python
from cmc.core.tables import read_csv
from cmc.scenes.tiny_models import TINY
from cmc.scores.score_file import read_scores
from cmc.scores.summary import OVERALL, summarise
from cmc.studies.halving import TIED, WINNER

PLAN = f"""
name = "search"
modes = ["full"]
strength = [0.2, 0.4, 0.6, 0.8]
encoders = [{{model_name = "tiny", model_dir = "{TINY / "captioner"}"}}]
metrics = ["benchmark"]

[[decoders]]
model_name = "tiny"
model_dir = "{TINY / "diffusion"}"
max_side = 64
batch_size = 8
steps = [8, 12, 20]
guidance_scale = [1.0, 2.0, 4.0, 8.0]

[evaluate]
model_weight = "{TINY / "Weight"}"
"""


def pictures(root: Path) -> int:
    """How many there are; of one that several results share, the file counts once."""
    return len({path.stat().st_ino for path in (root / "Result").glob("*/*/*.png")})


def full_winner(root: Path) -> tuple[str, float]:
    """The result of the best overall score of all, and that score."""
    overall = {}
    for path in sorted((root / "Result").glob("*/scores.csv")):
        cells = summarise(read_scores(path).scores)
        overall[path.parent.name] = next(cell.overall or 0.0 for cell in cells if cell.mode == OVERALL)
    winner = max(overall, key=lambda name: overall[name])
    return winner, overall[winner]


def measure(root: Path, images: int) -> dict[str, object]:
    """Search, then the full matrix, and what came of both."""
    plan, at = root / "search.toml", ["--root", str(root)]
    plan.write_text(PLAN, encoding="utf-8")
    run_python(["-m", "cmc", "scenes", "--use", "test", "--count", str(images), *at])
    start = time.monotonic()
    run_python(["-m", "cmc", "study", str(plan), "--search", "overall", *at])
    searched, made = time.monotonic() - start, pictures(root)
    rows = {row["setting"]: row for row in read_csv(root / "Study" / "search" / "search.csv", ["setting", "fate"])}
    start = time.monotonic()
    run_python(["-m", "cmc", "study", str(plan), *at])
    completed = time.monotonic() - start
    winner, score = full_winner(root)
    return {
        "settings": len(rows),
        "images": images,
        "winner of the search": [name for name, row in rows.items() if row["fate"] == WINNER],
        "not told apart from it": [name for name, row in rows.items() if row["fate"] == TIED],
        "winner of the full matrix": winner,
        "its overall": round(score, 4),
        "pictures of the search": made,
        "pictures of the full matrix": pictures(root),
        "share": round(made / pictures(root), 4),
        "seconds of the search": round(searched),
        "seconds of the rest": round(completed),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="an empty folder to keep (default: one that is thrown away)")
    parser.add_argument("--images", type=int, default=24)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = args.root or Path(folder)
        root.mkdir(exist_ok=True)
        print(json.dumps(measure(root, args.images), indent=2))


if __name__ == "__main__":
    main()
