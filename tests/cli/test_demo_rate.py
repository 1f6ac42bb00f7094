"""The rating demo's own words: its commands are commands, and who was sent away is read where it is written.

What it does in between is done in raters/test_simulated.py.
"""

import importlib
from pathlib import Path

import pytest

from cmc.cli import demo_rate, demo_rate_end
from cmc.cli.demo import main
from cmc.core.tables import write_csv
from cmc.scenes.tiny_models import TINY


def test_its_commands_are_commands() -> None:
    study = Path("root") / demo_rate.STUDY
    shown = [*demo_rate.pictures(18, TINY), demo_rate.make(study), demo_rate.serve(study, 8000)]
    shown += [*demo_rate.evaluation(study), demo_rate.finetune(study, TINY)]
    for tool, *words in shown:
        importlib.import_module(f"cmc.cli.{tool}").build_parser().parse_args(words)


def test_it_says_who_was_sent_away_and_whether_it_should_be_so(tmp_path: Path) -> None:
    gone = {("simulated-careless-01", "consistency"), ("simulated-inverted-01", "consistency")}
    gone.add(("simulated-biased-01", "perception"))
    rows = [
        [viewer.name, dimension, "no" if (viewer.name, dimension) in gone else "yes"]
        for viewer in demo_rate.panel()
        for dimension in ("consistency", "perception")
    ]
    write_csv(tmp_path / "analysis" / "viewers.csv", ("viewer", "dimension", "kept"), rows)
    assert demo_rate_end.sent_away(tmp_path) == [
        "consistency: simulated-careless-01, simulated-inverted-01, as they should be",
        "perception: simulated-biased-01, and it should be simulated-careless-01, simulated-inverted-01",
    ]


@pytest.mark.parametrize("other", ["--misc", "--photos", "--study"])
def test_another_demo_is_another(other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rate", other, "--root", str(tmp_path)]) == 2
    assert "give one, and no other" in capsys.readouterr().err
