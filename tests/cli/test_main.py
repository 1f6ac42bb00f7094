"""The command's listing, its help and its refusals; and the three scripts, which are three of its tools."""

import subprocess
import sys
from pathlib import Path

import pytest

from cmc.__main__ import STEPS, TOOLS, main

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "transformers", "diffusers", "pyiqa", "pandas", "matplotlib", "jinja2"}
# What the listing of tools does without, too.
NUMERIC = HEAVY | {"numpy", "PIL"}
SCRIPTS = [str(ROOT / f"script-{step}.py") for step in STEPS]


def run_watched(command: list[str], cwd: Path) -> tuple[str, set[str]]:
    """What a command of Python's prints, and the packages that it imports."""
    watched = [sys.executable, "-X", "importtime", *command]
    done = subprocess.run(watched, cwd=cwd, capture_output=True, text=True, check=True)
    imports = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done.stdout, {name.partition(".")[0] for name in imports}


@pytest.mark.parametrize("tool", [*STEPS, *TOOLS])
def test_help_of_a_tool_loads_no_heavy_package(tool: str) -> None:
    printed, packages = run_watched(["-m", "cmc", tool, "--help"], ROOT)
    assert printed.startswith(f"usage: python -m cmc {tool} ")
    assert "cmc" in packages
    assert packages & HEAVY == set()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_runs_from_any_directory(script: str, tmp_path: Path) -> None:
    printed, packages = run_watched([script, "--help"], tmp_path)
    assert printed.startswith(f"usage: {Path(script).name} ")
    assert packages & HEAVY == set()


@pytest.mark.parametrize("words", [[], ["--help"], ["help"], ["--version"]])
def test_the_listing_loads_next_to_nothing(words: list[str]) -> None:
    printed, packages = run_watched(["-m", "cmc", *words], ROOT)
    assert printed.startswith("cmc ")
    assert packages & NUMERIC == set()


def test_the_steps_are_listed_first_and_unknown_tools_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert listed == [*STEPS, *TOOLS]
    assert main(["refrence"]) == 2
    assert "Did you mean reference?" in capsys.readouterr().err


def test_errors_name_the_command_as_it_was_typed(tmp_path: Path) -> None:
    for command, called in (
        ([SCRIPTS[0]], "script-i2t.py"),
        (["-m", "cmc", "i2t"], "python -m cmc i2t"),
    ):
        done = subprocess.run(
            [sys.executable, *command, "--limit", "0"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].startswith(f"{called}: error: argument --limit")


def test_wrong_root_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["reference", "--root", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["reference", "--root", str(tmp_path)]) == 2
    assert "no folder" in capsys.readouterr().err


def test_limit_must_be_a_whole_number() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["reference", "--limit", "0"])
    assert stop.value.code == 2
