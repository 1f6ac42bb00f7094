"""The toolkit as a wheel, installed where no checkout is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
FILES = [ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE")] + REQUIREMENTS


def build(source: Path, folder: Path) -> Path:
    """The wheel of a copy in `source`, so that nothing of an earlier build is in it, nor anything left in the
    checkout."""
    shutil.copytree(ROOT / "cmc", source / "cmc", ignore=shutil.ignore_patterns("__pycache__"))
    for path in FILES:
        shutil.copy(path, source)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("*.whl"))


def install(wheel: Path, target: Path) -> None:
    """Into a folder."""
    _pip("install", "--no-deps", "--target", str(target), str(wheel))


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run(target: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command, which finds its package in `target` alone."""
    return _python(target, cwd, str(target / "bin" / "cmc"), *words)


def run_code(target: Path, cwd: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of Python, which finds the package in `target` alone."""
    return _python(target, cwd, "-c", code, *words)


def _python(target: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(target)}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
