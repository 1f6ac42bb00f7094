"""MISC over photographs of three sizes, with its own decoder and tiny weights in the released layout."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli import t2i
from cmc.cli.misc import main
from tests import tiny_ldm
from tests.cli.test_misc import MODELS
from tests.conftest import photo
from tests.tiny_clip import save_clip

SIZES = {"NSI_pgc_000": ("coffee.png", (96, 64)), "other": ("rocket.jpg", (75, 50)), "tall": ("chelsea.png", (48, 90))}
# The decoder itself, at heads and a shorter edge of tiny weights.
SMALL = """
from dataclasses import replace
from cmc.registry import T2I

facts = T2I.get("misc").facts

@T2I.register("small-misc", modes=facts.modes, needs=facts.needs, items=facts.items, guidance=facts.guidance,
              options=facts.options, no_strength=facts.no_strength)
def small_misc(checkpoint, device, dtype, **options):
    decoder = T2I.get("misc").create(checkpoint, device, dtype, head_width=16, **options)
    decoder._recipe = replace(decoder._recipe, short_edge=40)
    return decoder
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin beside a tiny CLIP and a tiny DiffBIR v1."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "small_misc.py").write_text(
        MODELS.replace('"names"', '"say"').replace('"wordy"', '"tell"').replace('"tints"', '"tint"') + SMALL
    )
    save_clip(folder / "clip")
    tiny_ldm.diffbir(folder / "diffbir", "v1-full")
    return folder


def _pictures(folder: Path) -> dict[str, tuple[tuple[int, int], bytes]]:
    images = {path.stem: Image.open(path) for path in folder.glob("*.png")}
    return {key: (image.size, image.tobytes()) for key, image in images.items()}


@pytest.mark.parametrize("start", [(), ("--start", "webp", "--qp", "5")], ids=["pixels", "webp"])
def test_streams_decode_to_the_pictures_of_the_folders(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, models: Path, start: tuple[str, ...]
) -> None:
    (tmp_path / "GT").mkdir()
    for key, (name, size) in SIZES.items():
        photo(name).resize(size).save(tmp_path / "GT" / f"{key}.png")
    plugin = ["--plugin", str(models / "small_misc.py")]
    encoder = ["--model_name", "say", *plugin, "--clip_dir", str(models / "clip")]
    assert main(["encode", str(tmp_path / "GT"), "--root", str(tmp_path), *encoder, *start]) == 0

    away = tmp_path_factory.mktemp("away")
    shutil.copytree(tmp_path / "Stream/misc", away / "in", ignore=shutil.ignore_patterns("work"))
    decoder = [
        "--model_name",
        "small-misc",
        "--model_dir",
        str(models / "diffbir"),
        *plugin,
        "--steps",
        "2",
        "--max_side",
        "64",
    ]
    assert main(["decode", str(away / "in"), "--root", str(away), *decoder]) == 0

    mode, work = "full" if start else "pixel", tmp_path / "Stream/misc/work"
    sources = ["--input_path", str(work / "Text/captions.csv"), "--ref_dir", str(work / "Ref"), "--mode", mode]
    assert t2i.main(["--root", str(tmp_path), *sources, *decoder]) == 0
    sent = _pictures(away / "Result/in" / mode)
    assert sent == _pictures(tmp_path / "Result/small-misc" / mode)
    assert {key: size for key, (size, _) in sent.items()} == {key: size for key, (_, size) in SIZES.items()}
