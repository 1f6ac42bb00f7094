"""What another program made of a workspace's ground truths: pictures, and a table of what they cost."""

from pathlib import Path

from PIL import Image

from cmc.__main__ import main


def make(space: Path, unit: str = "bytes", amount: str = "37") -> list[str]:
    """Blurred pictures in `theirs` and their table; the command that imports them as `paper`."""
    (space / "theirs").mkdir(exist_ok=True)
    rows = [f"name,{unit}"]
    for path in sorted((space / "GT").iterdir()):
        image = Image.open(path)
        image.resize((image.width // 4, image.height // 4)).resize(image.size).save(space / "theirs" / path.name)
        rows.append(f"{path.name},{amount}")
    (space / "bits.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return command(space, "--bits", str(space / "bits.csv"))


def command(space: Path, *words: str) -> list[str]:
    return ["import", str(space / "theirs"), "--root", str(space), "--name", "paper", *words]


def save_result(space: Path, unit: str = "bytes", amount: str = "37") -> Path:
    """The folder of an imported result."""
    assert main(make(space, unit, amount)) == 0
    return space / "Result" / "paper" / "image"
