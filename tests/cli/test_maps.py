import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.maps import main
from cmc.maps.map_file import read_maps
from tests.conftest import PHOTOS
from tests.tables import read
from tests.tiny_clip import save_clip

LONG_AGO = 1e9


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def arguments(space: Path, clip: Path) -> list[str]:
    """Of a root whose captions name a cup and a table."""
    _write_captions(space, dict.fromkeys(PHOTOS, "[cup] white\n[table] brown\n[overall] Both in the sun."))
    return ["--root", str(space), "--input_path", "test", "--model_dir", str(clip)]


def _write_captions(space: Path, texts: dict[str, str]) -> None:
    rows = [f'{name}.png,"{text}"' for name, text in texts.items()]
    (space / "Text" / "test.csv").write_text("\n".join(["name,text", *rows]) + "\n", encoding="utf-8")


def _age(space: Path) -> None:
    import os

    for path in (space / "Ref/map").glob("*.map.json"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def _made_anew(space: Path) -> set[str]:
    paths = (space / "Ref/map").glob("*.map.json")
    return {path.name.removesuffix(".map.json") for path in paths if path.stat().st_mtime != LONG_AGO}


def test_every_image_has_the_maps_of_its_names_in_order(
    space: Path, arguments: list[str], clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    for name in PHOTOS:
        maps = read_maps(space / f"Ref/map/{name}.map.json")
        assert list(maps.names) == ["cup", "table"]
        assert maps.maps.shape == (2, 8, 8)
    run = json.loads((space / "Ref/map/run.json").read_text())
    assert run["settings"]["threshold"] == 0.35
    assert run["loaded"]["revision"].startswith("files:")
    assert "maps of 5 of 5 images" in capsys.readouterr().out


def test_what_is_there_is_left_and_only_what_is_stale_is_made_anew(
    space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    _age(space)
    assert main(arguments) == 0
    assert "CLIP is not loaded" in capsys.readouterr().out
    assert not _made_anew(space)
    texts = {row["name"].removesuffix(".png"): row["text"] for row in read(space / "Text/test.csv")}
    # Details do not go into maps, names do.
    _write_captions(
        space,
        texts
        | {
            "other": "[cup] red\n[table] green\n[overall] Else.",
            "AIGI_MJ_003": "[table] brown\n[cup] white\n[overall] Both.",
        },
    )
    picture = space / "GT/NSI_pgc_000.png"
    Image.open(picture).rotate(180).save(picture)
    (space / "Ref/map/SCI_screen_002.map.json").write_text("rubbish")
    (space / "Ref/map/NSI_ugc_001.map.json").unlink()
    assert main(arguments) == 0
    assert _made_anew(space) == {"AIGI_MJ_003", "NSI_pgc_000", "SCI_screen_002", "NSI_ugc_001"}
    said = capsys.readouterr().out
    assert "1 from another ground truth" in said
    assert "1 from another caption" in said
    _age(space)
    assert main([*arguments, "--overwrite"]) == 0
    assert len(_made_anew(space)) == 5


def test_other_settings_and_other_weights_are_refused(
    space: Path, arguments: list[str], clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert main([*arguments, "--dtype", "bf16"]) == 2
    assert "dtype: 'float32' there, 'bfloat16' now" in capsys.readouterr().err
    _age(space)
    same = shutil.copytree(clip, tmp_path / "same")
    assert main([*arguments, "--model_dir", str(same)]) == 0
    assert not _made_anew(space)
    (same / "more.json").write_text("{}")
    assert main([*arguments, "--model_dir", str(same)]) == 2
    assert "revision" in capsys.readouterr().err


def test_images_that_cannot_have_maps_are_named(
    space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = dict.fromkeys(PHOTOS, "[cup] white\n[overall] A cup.") | {"other": "A rocket starts, far away."}
    _write_captions(space, texts)
    (space / "GT/NSI_pgc_000.png").write_bytes(b"rubbish")
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "other: its caption: expected the names of items, found a plain caption" in said
    assert "NSI_pgc_000: " in said
    assert "maps of 3 of 5 images" in said
    del texts["AIGI_MJ_003"]
    _write_captions(space, texts)
    assert main(arguments) == 2
    assert "AIGI_MJ_003" in capsys.readouterr().err
    assert main([*arguments, "--allow_partial", "--limit", "2"]) == 1
