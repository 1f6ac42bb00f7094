from dataclasses import replace
from pathlib import Path

import pytest

from cmc.cli.models import main
from cmc.registry import I2T, T2I, Entry
from tests import tiny_t2i

PAPER = {
    "encoders": {"Qwen", "llava", "instructblip", "sharegpt4v", "mplug-owl2", "gpt-4o"},
    "decoders": {
        "animate", "dreamlike", "pg20", "pg25", "real", "sd15", "sdxl", "ssd-1b",
        "diffbir", "instructpix", "pasd", "stablesr",
    },
}  # fmt: skip


def test_every_model_of_the_paper_has_its_name_checkpoint_and_licence() -> None:
    assert set(I2T.names()) >= PAPER["encoders"]
    assert set(T2I.names()) >= PAPER["decoders"]
    for registry, names in ((I2T, PAPER["encoders"]), (T2I, PAPER["decoders"])):
        for name in names:
            assert registry.get(name).facts.checkpoint
            assert registry.get(name).facts.licence
    assert {name for name in PAPER["decoders"] if T2I.get(name).facts.modes == {"full", "image"}} == {
        "diffbir", "instructpix", "pasd", "stablesr",
    }  # fmt: skip


def test_the_table_says_where_a_model_comes_from_and_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sdxl", "gpt-4o", "stablesr"]) == 0
    lines = capsys.readouterr().out.splitlines()
    sdxl = next(line for line in lines if line.startswith("sdxl"))
    assert "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0" in sdxl
    assert "7.0" in sdxl
    assert sdxl.rstrip().endswith("packages")
    assert "non-commercial" in next(line for line in lines if line.startswith("stablesr"))


def test_an_unknown_name_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sdlx"]) == 2
    assert "no model 'sdlx'" in capsys.readouterr().err


def test_check_loads_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family = T2I.get("sd15")
    for name, folder in (("good", tiny_t2i.sd(tmp_path / "good")), ("bad", tmp_path / "bad")):
        folder.mkdir(exist_ok=True)
        entry = Entry(name, family.factory, replace(family.facts, checkpoint=str(folder)))
        monkeypatch.setitem(T2I._entries, name, entry)
    assert main(["--check", "good", "bad", "sdxl", "reference"]) == 1
    out = capsys.readouterr().out
    assert "good: loads (checkpoint:" in out
    assert "bad: " in out
    assert "no model_index.json" in out
    assert "reference: loads (nothing to load)" in out
    assert "sdxl: " not in out
