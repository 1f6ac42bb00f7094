"""`cmc demo --rate`: a rating study of drawn scenes, from pictures to a fitted metric, by viewers who are made up."""

from pathlib import Path

from cmc.cli.demo_steps import announced, run_all
from cmc.core.files import write_atomic
from cmc.core.workspace import Workspace
from cmc.raters import server_process
from cmc.raters.panel import Kind, Viewer
from cmc.raters.simulated import Quality, quality_by, simulated_panel, sit
from cmc.raters.study_folder import FOLDER, PLAN, load_study
from cmc.raters.votes import Dimension
from cmc.scenes.tiny_models import decoder_flags, encoder_flags
from cmc.scores.score_file import read_scores

TARGET = "tiny"
STUDY = f"{FOLDER}-simulated"
VIEWERS: dict[Kind, int] = {"careful": 12, "careless": 1, "inverted": 1, "biased": 1}
# Whose votes should not count.
SPOILERS: tuple[Kind, ...] = ("careless", "inverted")
NOTE = "DEMO: fitted to SIMULATED votes"
TUNED = "topiq-nr-simulated.safetensors"
# What is fitted to, and where it lies in the study.
DIMENSION: Dimension = "perception"
TABLES = "analysis"
ABOUT = """
  SIMULATED: nobody looks at these pictures. Fifteen made-up viewers vote on them over the real page's server; their
  votes follow the demo's own metrics (consistency fr, perception nr), each in its manner. That those metrics agree with
  the opinion scores is therefore no finding.
"""


def panel() -> list[Viewer]:
    """Who votes."""
    return simulated_panel(**VIEWERS)


def pictures(count: int, models: Path) -> list[list[str]]:
    """The commands before the study."""
    metrics = ["--metrics", "benchmark", "--model_weight", str(models / "Weight")]
    return [
        ["scenes", "--count", str(count)],
        ["reference"],
        ["i2t", *encoder_flags(models)],
        ["t2i", "--mode", "all", "--input_path", TARGET, *decoder_flags(models)],
        ["evaluate", "--target", TARGET, *metrics],
    ]


def make(study: Path) -> list[str]:
    """The command that plans the study: two sessions, and enough ground truths for what does not count."""
    size = ["--session", "30", "--training", "4", "--dummies", "2"]
    return ["rate", "make", TARGET, "--study", str(study), "--viewer_codes", str(_names(study)), *size]


def serve(study: Path, port: int) -> list[str]:
    """The command that serves it."""
    return ["rate", "serve", "--study", str(study), "--port", str(port)]


def evaluation(study: Path) -> list[list[str]]:
    """What is made of the votes."""
    return [
        ["rate", "status", "--study", str(study)],
        ["rate", "export", "--study", str(study)],
        ["rate", "analyse", str(study / "votes.csv")],
    ]


def finetune(study: Path, models: Path) -> list[str]:
    """A metric, fitted to the opinion scores, in seconds; always anew, which is no longer than to go on."""
    table = str(study / TABLES / f"{DIMENSION}.csv")
    where = [
        "--weights",
        str(models / "Weight" / "topiq-nr.safetensors"),
        "--table",
        table,
        "--out",
        str(study / TUNED),
    ]
    how = ["--epochs", "2", "--learning_rate", "1e-4", "--note", NOTE, "--device", "cpu", "--overwrite"]
    return ["finetune", "--metric", "topiq_nr", *where, *how]


def run(root: Path, count: int, models: Path) -> int:
    """All of it; stops at the first command that fails. A study whose votes are there goes on with them."""
    print(ABOUT)
    study, rooted = root / STUDY, ["--root", str(root)]
    write_atomic(_names(study), "".join(f"{viewer.name}\n" for viewer in panel()).encode())
    made = [] if (study / PLAN).is_file() else [make(study)]
    code = run_all([*command, *rooted] for command in [*pictures(count, models), *made])
    if code:
        return code
    quality = quality_by(read_scores(Workspace(root).result / TARGET / "scores.csv").scores)
    print(f"\n  {vote(study, panel(), quality)} ballots cast by simulated viewers", flush=True)
    commands = [[*command, *rooted] for command in evaluation(study)]
    return run_all([*commands, finetune(study, models)])


def vote(study: Path, viewers: list[Viewer], quality: Quality) -> int:
    """Serve a study until its viewers are through; how many ballots were cast."""
    port = server_process.free_port()
    process = server_process.start(announced(serve(study, port)), port)
    try:
        return sit(load_study(study), port, viewers, quality)
    finally:
        server_process.stop(process)


def _names(study: Path) -> Path:
    return study.with_name("simulated-viewers.txt")
