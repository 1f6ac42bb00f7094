import subprocess
import sys
from pathlib import Path

import pytest

from cmc.__main__ import TOOLS, main

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "transformers", "diffusers", "pyiqa", "pandas", "matplotlib", "jinja2"}
COMMANDS = [
    *(["-m", "cmc", tool] for tool in TOOLS),
    *([script] for script in ("script-i2t.py", "script-t2i.py", "script-evaluate.py")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_loads_no_heavy_package(command: list[str]) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = {[*command, '--help'][1 if command[0] == '-m' else 0 :]!r}\n"
        "try:\n"
        + (f"    runpy.run_module({command[1]!r}, run_name='__main__')\n" if command[0] == "-m" else "")
        + (f"    runpy.run_path({command[0]!r}, run_name='__main__')\n" if command[0] != "-m" else "")
        + "except SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
    assert "usage" in done.stdout


def test_tools_are_listed_and_unknown_ones_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "reference" in capsys.readouterr().out
    assert main(["refrence"]) == 2
    assert "Did you mean reference?" in capsys.readouterr().err


def test_wrong_root_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["reference", "--root", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["reference", "--root", str(tmp_path)]) == 2
    assert "no folder" in capsys.readouterr().err


def test_limit_must_be_a_whole_number() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["reference", "--limit", "0"])
    assert stop.value.code == 2
