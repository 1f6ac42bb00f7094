"""Items of structured captions and their maps, all the way to a decoder that reads them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli import evaluate, reference
from cmc.cli.t2i import main
from cmc.core.captions import write_captions
from cmc.core.items import Item, Items
from cmc.core.origin import Origin, read_origin
from cmc.core.run_file import read_run
from cmc.maps.item_map import expand
from cmc.maps.map_file import ItemMaps, read_maps, write_maps
from cmc.maps.names import names_digest
from tests.conftest import PHOTOS

KEY = "NSI_pgc_000"
WHOLE = "A cup on a table."
CUP, TABLE, SPOON = Item("cup", "white, a blue rim"), Item("table", "brown wood"), Item("spoon", "a silver one")
DECODER = '''
import numpy as np
from cmc.maps.item_map import expand
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Picture

class Charts(Decoder):
    """Every item's place in a channel of its own, as bright as its detail is long; behind it a grey of the prompt."""

    max_side = None

    def render(self, requests, sampling):
        return [Picture(self._chart(request)) for request in requests]

    def _chart(self, request):
        pixels = np.full((*request.size[::-1], 3), len(request.prompt) / 255)
        for channel, guide in enumerate(request.guides):
            pixels[expand(guide.where, request.size), channel] = (100 + len(guide.detail)) / 255
        return pixels

    def tokens_over(self, prompt):
        return max(0, len(prompt) - 20)

@T2I.register("charts", modes={"pixel", "image"}, needs=["numpy"], items=3)
def charts(checkpoint, device, dtype):
    return Charts()
'''


def _maps(seed: int, items: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).random((items, 8, 8)) < 0.4


def _write_maps(space: Path, key: str, maps: np.ndarray, *items: Item) -> None:
    names = [item.name for item in items]
    origin = Origin(caption=names_digest(names))
    write_maps(space / f"Ref/map/{key}.map.json", ItemMaps(names, maps, origin))


def _caption(space: Path, items: dict[str, tuple[Item, ...]], whole: str = WHOLE) -> None:
    texts = {f"{key}.png": Items(items.get(key, (CUP, TABLE, SPOON)), whole).to_text() for key in PHOTOS}
    write_captions(space / "Text/test.csv", texts)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "charts.py"
    path.write_text(DECODER)
    return path


@pytest.fixture
def arguments(space: Path, plugin: Path) -> list[str]:
    """Of a root whose captions name three items, each with its map; `other` is described plainly."""
    _caption(space, {"other": ()})
    for seed, key in enumerate(PHOTOS):
        _write_maps(space, key, _maps(seed), CUP, TABLE, SPOON)
    (space / "Ref/map/other.map.json").unlink()
    assert reference.main(["--root", str(space), "--kind", "pixel"]) == 0
    return ["--root", str(space), "--plugin", str(plugin), "--model_name", "charts", "--mode", "pixel"]


def _run(arguments: list[str], *more: str) -> int:
    return main([*arguments, "--input_path", "test", *more])


def _chart(maps: np.ndarray, details: list[str], size: tuple[int, int]) -> np.ndarray:
    pixels = np.full((*size[::-1], 3), len(WHOLE))
    for channel, (bits, detail) in enumerate(zip(maps, details, strict=False)):
        pixels[expand(bits, size), channel] = 100 + len(detail)
    return pixels


@pytest.mark.parametrize("items", [3, 2, 0])
def test_a_decoder_gets_details_and_maps_of_as_many_items_as_asked(
    space: Path, arguments: list[str], items: int
) -> None:
    assert _run(arguments, "--items", str(items)) == 0
    details = [item.detail for item in (CUP, TABLE, SPOON)][:items]
    for seed, (key, (_, size)) in enumerate(PHOTOS.items()):
        expected = _chart(_maps(seed), [] if key == "other" else details, size)
        assert np.array_equal(np.asarray(Image.open(space / f"Result/charts/pixel/{key}.png")), expected)
    assert read_run(space / "Result/charts/pixel/run.json")["settings"]["items"] == items


def test_all_items_are_sent_unless_the_user_says_otherwise(space: Path, arguments: list[str]) -> None:
    assert _run(arguments) == 0
    assert read_run(space / "Result/charts/pixel/run.json")["settings"]["items"] == 3


def test_a_mode_without_captions_is_sent_none(space: Path, arguments: list[str]) -> None:
    for path in (space / "GT").iterdir():
        (space / "Ref/image").mkdir(parents=True, exist_ok=True)
        Image.open(path).save(space / "Ref/image" / path.name)
    arguments[arguments.index("pixel")] = "image"
    assert main(arguments) == 0
    assert read_run(space / "Result/charts/image/run.json")["settings"]["items"] == 0
    assert read_origin(space / f"Result/charts/image/{KEY}.png").maps == ""


def test_a_picture_knows_its_maps_and_is_made_anew_of_others(space: Path, arguments: list[str]) -> None:
    assert _run(arguments) == 0
    path = space / f"Result/charts/pixel/{KEY}.png"
    before = read_origin(path)
    assert before.maps
    assert read_origin(space / "Result/charts/pixel/other.png").maps == ""
    _write_maps(space, KEY, _maps(99), CUP, TABLE, SPOON)
    assert _run(arguments) == 0
    after = read_origin(path)
    assert (before.maps, before.caption) != (after.maps, after.caption)
    assert before.caption == after.caption
    assert np.array_equal(
        np.asarray(Image.open(path)),
        _chart(_maps(99), [item.detail for item in (CUP, TABLE, SPOON)], PHOTOS[KEY][1]),
    )


def test_scoring_refuses_pictures_of_other_maps(
    space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments) == 0
    scoring = ["--root", str(space), "--target", "charts", "--metrics", "psnr"]
    assert evaluate.main(scoring) == 0
    _write_maps(space, KEY, _maps(99), CUP, TABLE, SPOON)
    assert evaluate.main(scoring) == 2
    error = capsys.readouterr().err
    assert KEY in error
    assert "other maps" in error


def test_the_third_items_map_does_not_matter_to_two(space: Path, arguments: list[str]) -> None:
    assert _run(arguments, "--items", "2") == 0
    before = read_origin(space / f"Result/charts/pixel/{KEY}.png").maps
    maps = _maps(0)
    maps[2] = ~maps[2]
    _write_maps(space, KEY, maps, CUP, TABLE, SPOON)
    assert _run(arguments, "--items", "2") == 0
    assert read_origin(space / f"Result/charts/pixel/{KEY}.png").maps == before


@pytest.mark.parametrize("change", ["names", "ground truth"])
def test_maps_of_something_else_are_refused_by_name(
    space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str], change: str
) -> None:
    path = space / f"Ref/map/{KEY}.map.json"
    if change == "names":
        _caption(space, {"other": (), KEY: (TABLE, CUP, SPOON)})
        why = "another caption"
    else:
        maps = read_maps(path)
        write_maps(path, ItemMaps(maps.names, maps.maps, Origin(gt="0" * 32, caption=maps.origin.caption)))
        why = "another ground truth"
    assert _run(arguments) == 2
    assert f"{KEY}: its maps were made from {why} (run cmc maps again)" in capsys.readouterr().err
    assert _run(arguments, "--allow_partial") == 1
    assert not (space / f"Result/charts/pixel/{KEY}.png").exists()
    assert len(list((space / "Result/charts/pixel").glob("*.png"))) == 4


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_maps_that_are_not_there_are_named(
    space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    path = space / f"Ref/map/{KEY}.map.json"
    path.unlink() if fault == "missing" else path.write_text(json.dumps({"items": []}))
    assert _run(arguments) == 2
    error = capsys.readouterr().err
    assert KEY in error
    assert "cmc maps" in error
    assert _run(arguments, "--items", "0") == 0


def test_no_maps_at_all_are_told_of(space: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for path in (space / "Ref/map").iterdir():
        path.unlink()
    assert _run(arguments) == 2
    assert "cmc maps" in capsys.readouterr().err


def test_a_detail_that_is_too_long_for_the_text_encoder_counts_as_cut(space: Path, arguments: list[str]) -> None:
    _caption(space, {"other": (), KEY: (CUP, TABLE, Item("spoon", "x" * 21))})
    assert _run(arguments) == 0
    outcome = read_run(space / "Result/charts/pixel/run.json")["outcome"]
    assert outcome["captions_cut"] == 1


@pytest.mark.parametrize(
    ("model", "items", "why"),
    [("charts", "4", "--items 4: expected 0 to 3"), ("reference", "1", "--items: reference reads no items")],
)
def test_items_that_a_model_does_not_read_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str], model: str, items: str, why: str
) -> None:
    arguments[arguments.index("charts")] = model
    assert _run(arguments, "--items", items) == 2
    assert why in capsys.readouterr().err
