"""The command: it learns, goes on where it was, and refuses what it cannot use."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.cli.finetune import main
from cmc.metrics.topiq import topiq_fr
from cmc.metrics.weight_files import read_weights
from tests.opinions import save_opinions
from tests.tiny_topiq import save_topiq


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_opinions(tmp_path_factory.mktemp("opinions"))


def flags(table: Path, out: Path, metric: str, **more: object) -> list[str]:
    """Arguments of the command."""
    wanted = {"metric": metric, "table": table, "out": out, "device": "cpu", "learning_rate": 1e-3, **more}
    return [str(part) for key, value in wanted.items() for part in (f"--{key}", value)]


def last_srcc(printed: str) -> float:
    """The SRCC of the last epoch that was reported."""
    return float(printed.rsplit("SRCC ", 1)[1].split(",", maxsplit=1)[0])


def test_learns_the_order_of_noise(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    assert main(flags(table, tmp_path / "cnniqa.pth", "cnniqa", epochs=16, batch_size=4)) == 0
    printed = capsys.readouterr().out
    assert "32 pictures to learn from, 8 held out" in printed
    assert last_srcc(printed) > 0.8
    assert set(read_weights(tmp_path / "cnniqa.pth").state) == {
        f"{part}.{kind}" for part in ("conv1", "fc1", "fc2", "fc3") for kind in ("weight", "bias")
    }


def test_topiq_fr_learns_and_its_file_scores(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = save_topiq(tmp_path / "start.pth", True, "lcnet_050", inter_dim=16)
    out = tmp_path / "topiq-fr.pth"
    more = {"weights": start, "epochs": 12, "note": "DEMO", "batch_size": 4}
    assert main([*flags(table, out, "topiq_fr", **more), "--half"]) == 0
    assert last_srcc(capsys.readouterr().out) > 0.8
    weights = read_weights(out)
    assert (weights.extra["semantic_model_name"], weights.extra["inter_dim"]) == ("lcnet_050", 16)
    assert all(value.dtype == torch.float16 for value in weights.state.values() if value.is_floating_point())
    metric = topiq_fr(tmp_path, torch.device("cpu"), torch.float32, "standard")
    assert metric.note == "DEMO"
    gt, worst = (np.asarray(Image.open(table.parent / f"0-{level}.png")) for level in (0, 3))
    best_score, worst_score = metric.score([gt, worst], gt)
    assert best_score > worst_score + 0.3


def test_a_stopped_run_ends_as_one_that_was_not(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = save_topiq(tmp_path / "start.pth", False, "lcnet_050", inter_dim=16)
    for name, runs in (("whole", (3,)), ("halves", (1, 3))):
        for epochs in runs:
            out = tmp_path / f"{name}.pth"
            assert main(flags(table, out, "topiq_nr", weights=start, epochs=epochs, learning_rate=1e-4)) == 0
    assert capsys.readouterr().out.count("epoch ") == 6
    whole, halves = (read_weights(tmp_path / f"{name}.pth").state for name in ("whole", "halves"))
    assert all(torch.equal(whole[key], halves[key]) for key in whole)
    assert any(not torch.equal(whole[key], read_weights(start).state[key]) for key in whole)


def test_other_settings_do_not_go_on(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.pth"
    assert main(flags(table, out, "cnniqa", epochs=1)) == 0
    assert main(flags(table, out, "cnniqa", epochs=2, learning_rate=1e-5)) == 2
    assert "learning_rate: 0.001 there, 1e-05 now" in capsys.readouterr().err
    assert main([*flags(table, out, "cnniqa", epochs=1, learning_rate=1e-5), "--overwrite"]) == 0


def test_too_few_references(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = table.with_name("few.csv")
    few.write_text("image,reference,mos\n0-0.png,0-0.png,5\n0-1.png,0-0.png,4\n", encoding="utf-8")
    assert main(flags(few, tmp_path / "a.pth", "cnniqa")) == 2
    assert "expected some on both sides" in capsys.readouterr().err


def test_topiq_without_weights_and_with_the_wrong_ones(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags(table, tmp_path / "a.pth", "topiq_fr")) == 2
    assert "give the released file with --weights" in capsys.readouterr().err
    nr = save_topiq(tmp_path / "nr.pth", False, "lcnet_050", inter_dim=16)
    assert main(flags(table, tmp_path / "b.pth", "topiq_fr", weights=nr)) == 2
    assert "is no TOPIQ-FR" in capsys.readouterr().err
