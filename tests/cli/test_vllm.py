"""`cmc i2t --engine vllm` up to where vLLM is loaded; tests/i2t/test_vllm.py goes on from there."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from cmc.cli import evaluate, study, t2i
from cmc.cli.i2t import main
from tests import tiny_i2t
from tests.i2t.test_vllm_settings import install

BY_VLLM = ("--engine", "vllm")


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_i2t.llava(tmp_path_factory.mktemp("llava"))


def _arguments(space: Path, llava: Path, *more: str) -> list[str]:
    return ["--root", str(space), "--model_name", "tiny", "--model_dir", str(llava), "--explen", "5", *more]


@pytest.mark.parametrize("name", ["blip2", "florence2", "instructblip", "sharegpt4v"])
def test_an_encoder_that_vllm_does_not_serve_is_refused(
    name: str, space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(space), "--model_name", name, *BY_VLLM]) == 2
    assert f"--engine vllm is not for {name}, which it cannot load or ask; leave it out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model_name", "gpt-4o"], "--workers and --engine are not for gpt-4o, which answers from a server"),
        (["--workers", "2"], "--workers is not for --engine vllm"),
        (["--ray_address", "auto"], "--ray_address is of --engine ray"),
    ],
)
def test_flags_that_do_not_go_with_vllm(
    flags: list[str], message: str, space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(space), *BY_VLLM, *flags]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [t2i, evaluate])
def test_other_commands_say_whose_it_is(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(BY_VLLM)
    assert "vllm makes captions alone, by cmc i2t; choose local or ray" in capsys.readouterr().err


def test_a_study_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        study.main(["plan.toml", *BY_VLLM])
    assert "by cmc i2t" in capsys.readouterr().err


def test_captions_of_vllm_and_of_transformers_stand_in_no_table_together(
    space: Path, llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path / "packages", "0.26.0", monkeypatch)
    plain = _arguments(space, llava, "--limit", "1")
    assert main(plain) == 0
    before = (space / "Text/tiny.csv").read_bytes()
    assert main([*plain, *BY_VLLM]) == 2
    differences = "batch_invariant: None there, False now; engine: None there, 'vllm' now; vllm: None there, '0.26.0'"
    assert differences in capsys.readouterr().err
    assert (space / "Text/tiny.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("recorded", "flags", "difference"),
    [
        ({"vllm": "0.26.0", "batch_invariant": False}, [], "engine: 'vllm' there, None now"),
        ({"vllm": "0.25.0", "batch_invariant": False}, BY_VLLM, "vllm: '0.25.0' there, '0.26.0' now"),
        ({"vllm": "0.26.0", "batch_invariant": True}, BY_VLLM, "batch_invariant: True there, False now"),
    ],
)
def test_captions_of_vllm_go_on_by_the_same_vllm_alone(
    recorded: dict[str, object], flags: list[str], difference: str, space: Path, llava: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    install(tmp_path / "packages", "0.26.0", monkeypatch)
    arguments = _arguments(space, llava, "--limit", "1")
    assert main(arguments) == 0
    run_file = space / "Text/tiny.run.json"
    run = json.loads(run_file.read_text())
    run["settings"] |= {"engine": "vllm"} | recorded
    run_file.write_text(json.dumps(run))
    assert main([*arguments, *flags]) == 2
    assert difference in capsys.readouterr().err
