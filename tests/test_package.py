"""The wheel: what is in it, and that it works where no checkout is."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, packages_distributions
from pathlib import Path

from cmc import __version__
from tests.installed import REQUIREMENTS, ROOT, run


def requirements(path: Path) -> set[str]:
    """Names that a requirements file lists itself, in the spelling that all spellings have in common."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {normalised(re.split("[<>=]", line)[0]) for line in lines if line and line[0] not in "#-"}


def normalised(name: str) -> str:
    return name.lower().replace("_", "-")


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cmc").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"cmc/py.typed", "cmc/stream/words-1.xz", "cmc/codecs/parameter_sets.json"} <= files
    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert packed == files


def test_its_metadata_names_the_command_licence_and_dependencies(target: Path) -> None:
    (package,) = Distribution.discover(name="cmc", path=[str(target)])
    scripts = {point.name: point.value for point in package.entry_points if point.group == "console_scripts"}
    assert scripts == {"cmc": "cmc.__main__:main"}
    assert package.version == __version__
    assert package.metadata["License-Expression"] == "MIT"
    assert package.metadata.get_all("License-File") == ["LICENSE", "NOTICE"]
    required = {(normalised(re.split(r"[<>=!]", line)[0]), line.partition("extra == ")[2]) for line in package.requires}
    expected = {(name, "") for name in requirements(ROOT / "requirements.txt")}
    for extra in ("api", "cluster", "ocr", "photos", "qalign", "quantize", "rate", "vllm"):
        expected |= {(name, f'"{extra}"') for name in requirements(ROOT / f"requirements-{extra}.txt")}
    assert required == expected


def test_every_imported_package_is_required() -> None:
    imported = set()
    for path in (ROOT / "cmc").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    imported -= {"cmc", *sys.stdlib_module_names}
    assert {"torch", "numpy"} <= imported
    listed = set().union(*(requirements(path) for path in REQUIREMENTS))
    providers = packages_distributions()
    names = {module: {normalised(name) for name in providers.get(module, [module])} for module in imported}
    assert [module for module, packages in names.items() if not packages & listed] == []


def test_the_command_runs_from_another_folder(target: Path, tmp_path: Path) -> None:
    version = run(target, tmp_path, "--version")
    assert (version.returncode, version.stdout) == (0, f"cmc {__version__}\n")
    refused = run(target, tmp_path, "i2t", "--limit", "0")
    assert refused.stderr.splitlines()[-1].startswith("cmc i2t: error: ")
    for command in (["scenes", "--count", "3"], ["reference"], ["leaderboard", "--format", "csv"]):
        done = run(target, tmp_path, *command)
        assert done.returncode == 0, done.stderr
    # The boards' rows are package data.
    assert "RealVis" in done.stdout
    assert len(list((tmp_path / "Ref" / "image").glob("*.png"))) == 3


def test_nothing_of_it_comes_from_the_checkout(target: Path, tmp_path: Path) -> None:
    code = "import cmc, cmc.stream; print(cmc.__file__, cmc.stream.__file__)"
    environment = os.environ | {"PYTHONPATH": str(target)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert all(Path(file).is_relative_to(target) for file in done.stdout.split())


def test_the_demo_asks_for_the_models_of_a_clone(target: Path, tmp_path: Path) -> None:
    """With them it runs: tests/cli/test_demo.py."""
    refused = run(target, tmp_path, "demo")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "--models" in refused.stderr
