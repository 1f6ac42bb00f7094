import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cmc.cli import codec as codecs
from cmc.cli import pack as packing
from cmc.cli import reference as references
from cmc.core.bits import STATED, Rate
from cmc.core.captions import read_captions, write_captions
from cmc.core.errors import CMCError
from cmc.core.files import sha256
from cmc.core.items import Item, Items
from cmc.core.modes import MODES
from cmc.core.origin import DIGITS, Origin, settings_digest
from cmc.core.workspace import Workspace, list_images
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.maps.names import names_digest
from cmc.scores.rates import with_rates
from cmc.scores.score_file import read_scores, write_scores
from cmc.stages.evaluate import Score
from cmc.stream import caption_coder
from cmc.stream.container import split, unpack
from tests.codecs.test_learned import tiny_state
from tests.conftest import PHOTOS
from tests.scored import run

KEY = "NSI_ugc_001"
SIZE = PHOTOS[KEY][1]


@pytest.fixture
def made(referenced: Path, tmp_path: Path) -> Path:
    """References with their streams, and run files of a decoder in every mode."""
    space = shutil.copytree(referenced, tmp_path / "made")
    for mode in MODES:
        folder = space / "Result" / "real" / mode
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps(run(mode, "Text/test.csv")), encoding="utf-8")
    return space


def rates(root: Path, target: str = "real", modes: tuple[str, ...] = tuple(MODES)) -> dict[str, Rate | None]:
    gts = {path.name: path for path in list_images(root / "GT").values()}
    scores = [Score(f"{KEY}.png", target, mode, {"fr": 1.0, "nr": 1.0}) for mode in modes]
    return {one.mode: one.rate for one in with_rates(scores, gts, Workspace(root), root / "Result")}


def test_bits_are_those_of_the_packed_file_whether_it_is_there_or_not(made: Path) -> None:
    folders = rates(made)
    assert packing.main(["--root", str(made), "--input_path", "test"]) == 0
    packed = rates(made)
    assert folders == packed
    caption = 8 * len(caption_coder.encode(f"A photograph, called {KEY}.")[1])
    for mode, rate in packed.items():
        assert rate is not None
        size = (made / "Stream" / mode / f"{KEY}.cmc").stat().st_size
        assert rate.total == 8 * size == 64 + rate.text + rate.reference
        assert rate.bpp == pytest.approx(8 * size / (SIZE[0] * SIZE[1]))
    assert packed["text"].text == caption
    assert packed["image"].text == 0
    assert packed["image"].reference == 8 * (made / "Ref/image" / f"{KEY}.266").stat().st_size


def test_only_packed_files_of_the_very_caption_and_reference_count(made: Path) -> None:
    assert packing.main(["--root", str(made), "--input_path", "test"]) == 0
    whole = rates(made)
    shutil.rmtree(made / "Ref")
    assert rates(made) == whole
    (made / "Text" / "test.csv").write_text(f"name,text\n{KEY}.png,Another caption.\n", encoding="utf-8")
    found = rates(made)
    assert {mode for mode, rate in found.items() if rate} == {"image", "text"}
    assert found["text"] != whole["text"]


def test_of_a_structured_caption_the_part_that_is_read_counts(made: Path) -> None:
    plain = rates(made)
    table = made / "Text/test.csv"
    texts = read_captions(table, by_name=True)
    items = (Item("cup", "white, full of coffee"), Item("table", "old and wooden"))
    write_captions(table, {name: Items(items, text).to_text() for name, text in texts.items()})
    assert rates(made) == plain
    assert packing.main(["--root", str(made), "--input_path", "test"]) == 0
    assert rates(made) == plain
    assert unpack((made / "Stream/text" / f"{KEY}.cmc").read_bytes()).text == texts[f"{KEY}.png"]


@pytest.mark.parametrize("lost", ["Ref/image", "Ref/pixel", "Text", "Result/real/full/run.json"])
def test_what_was_not_kept_is_empty_and_never_guessed(made: Path, lost: str) -> None:
    path = made / lost
    if path.is_dir():
        # The pictures alone, as in the benchmark's archives.
        for file in [one for one in path.iterdir() if one.suffix != ".png"]:
            file.unlink()
    else:
        path.unlink()
    empty = {"Ref/image": {"full", "image"}, "Ref/pixel": {"pixel"}, "Text": {"full", "pixel", "text"}}
    assert {mode for mode, rate in rates(made).items() if rate is None} == empty.get(lost, {"full"})


def test_a_decoder_that_reads_no_text_costs_none(made: Path) -> None:
    path = made / "Result/real/full/run.json"
    document = json.loads(path.read_text())
    document["settings"]["captions"] = None
    path.write_text(json.dumps(document))
    found = rates(made)
    assert found["full"].text == 0
    assert found["full"].reference == found["image"].reference


def test_a_codecs_result_is_measured_on_its_own_streams(space: Path) -> None:
    assert codecs.main(["--root", str(space), "--codec", "jpeg", "--qp", "20"]) == 0
    stream = space / "Result/jpeg-qp20/image/streams" / f"{KEY}.jpgs"
    bits = 8 * stream.stat().st_size
    assert rates(space, "jpeg-qp20", ("image",))["image"] == Rate(0, bits, bits + 64, (bits + 64) / (SIZE[0] * SIZE[1]))
    stream.unlink()
    assert rates(space, "jpeg-qp20", ("image",)) == {"image": None}


def test_rates_come_back_from_the_score_file_and_old_files_still_read(tmp_path: Path) -> None:
    known = Score("a.png", "t", "full", {"fr": 1.0, "nr": 2.0}, rate=Rate(80, 160, 320, 0.0123, maps=16))
    unknown = Score("b.png", "t", "full", {"fr": 1.0, "nr": 2.0})
    write_scores(tmp_path / "t" / "scores.csv", [known, unknown], {"target": "t"})
    assert list(read_scores(tmp_path / "t" / "scores.csv").scores) == [known, unknown]
    stated = Score("c.png", "t", "full", {"fr": 1.0, "nr": 2.0}, rate=Rate(0, 37, 37, 0.0123, stated=True))
    write_scores(tmp_path / "t" / "scores.csv", [known, stated], {"target": "t"})
    assert list(read_scores(tmp_path / "t" / "scores.csv").scores) == [known, stated]
    text = (tmp_path / "t" / "scores.csv").read_text()
    (tmp_path / "t" / "scores.csv").write_text(text.replace(STATED, "guessed"))
    with pytest.raises(CMCError, match="line 3: rate_source is 'guessed'"):
        read_scores(tmp_path / "t" / "scores.csv")
    old = "name,content_type,subtype,mode,fr,nr,status,target\nb.png,other,other,full,1.0,2.0,ok,t\n"
    (tmp_path / "t" / "scores.csv").write_text(old)
    assert list(read_scores(tmp_path / "t" / "scores.csv").scores) == [unknown]
    before_maps = old.replace("mode,", "bits_text,bits_reference,bits_total,bpp,mode,").replace(
        "full", "80,160,304,0.0123,full"
    )
    (tmp_path / "t" / "scores.csv").write_text(before_maps)
    assert read_scores(tmp_path / "t" / "scores.csv").scores[0].rate == Rate(80, 160, 304, 0.0123)


def test_a_damaged_stream_is_no_measure(made: Path) -> None:
    (made / "Ref/pixel" / f"{KEY}.rgb4").write_bytes(b"x")
    assert rates(made)["pixel"] is None
    assert packing.main(["--root", str(made), "--input_path", "test", "--mode", "text"]) == 0
    (made / "Stream/text" / f"{KEY}.cmc").write_bytes(b"rubbish")
    assert rates(made)["text"] is None


@pytest.mark.parametrize("block", ["32", "misc"])
def test_another_grid_is_measured_as_it_is_packed(made: Path, block: str) -> None:
    whole = rates(made)["pixel"]
    assert references.main(["--root", str(made), "--kind", "pixel", "--overwrite", "--block", block]) == 0
    assert rates(made)["pixel"] != whole
    folders = rates(made)["pixel"]
    assert packing.main(["--root", str(made), "--input_path", "test", "--mode", "pixel"]) == 0
    packed = rates(made)["pixel"]
    assert packed == folders
    size = (made / "Stream/pixel" / f"{KEY}.cmc").stat().st_size
    assert packed.total == 8 * size == 64 + packed.text + packed.maps + packed.reference


def _itemise(root: Path, items: int | None) -> None:
    """Structured captions of two items, maps of them, and results of a decoder that reads `items`."""
    pairs = (Item("cup", "white, full of coffee"), Item("table", "old and wooden"))
    table = root / "Text/test.csv"
    write_captions(table, {f"{key}.png": Items(pairs, f"A photograph, called {key}.").to_text() for key in PHOTOS})
    bits = np.zeros((2, 8, 8), bool)
    bits[0, 2:5, 3:6], bits[1, 6:, :] = True, True
    for key, (_, _) in PHOTOS.items():
        gt = sha256(root / "GT" / f"{key}.png")[:DIGITS]
        origin = Origin(settings=settings_digest({}), gt=gt, caption=names_digest(["cup", "table"]))
        write_maps(root / "Ref/map" / f"{key}.map.json", ItemMaps(["cup", "table"], bits, origin))
    for mode in MODES:
        path = root / "Result/real" / mode / "run.json"
        document = json.loads(path.read_text())
        document["settings"]["items"] = items
        path.write_text(json.dumps(document))


@pytest.mark.parametrize("items", [1, 2, 3])
def test_details_and_maps_that_a_decoder_reads_count(made: Path, items: int) -> None:
    plain = rates(made)
    _itemise(made, None)
    assert rates(made) == plain
    _itemise(made, items)
    folders = rates(made)
    assert packing.main(["--root", str(made), "--input_path", "test", "--items", str(items)]) == 0
    assert rates(made) == folders
    for mode, rate in folders.items():
        ledger = split((made / "Stream" / mode / f"{KEY}.cmc").read_bytes()).ledger()
        assert (rate.text, rate.maps) == (8 * ledger["text"], 8 * ledger["maps"])
        assert rate.total == 64 + rate.text + rate.maps + rate.reference
    for mode in ("full", "pixel"):
        assert folders[mode].text > plain[mode].text
        assert 8 < folders[mode].maps <= 8 + 8 * 8 * min(items, 2)
    assert (folders["text"], folders["image"]) == (plain["text"], plain["image"])


def test_without_maps_a_decoder_that_reads_items_has_no_rate(made: Path) -> None:
    _itemise(made, 2)
    shutil.rmtree(made / "Ref/map")
    assert {mode for mode, rate in rates(made).items() if rate is None} == {"full", "pixel"}


def test_a_learned_reference_counts_with_what_tells_its_weights(made: Path) -> None:
    torch.save(tiny_state("mbt2018-mean"), made / "a.pth")
    codec = ["--kind", "image", "--codec", "mbt2018-mean", "--qp", "1", "--model_dir", str(made / "a.pth")]
    assert references.main(["--root", str(made), "--overwrite", *codec]) == 0
    content = (made / "Ref/image" / f"{KEY}.lic").stat().st_size
    folders = rates(made)
    assert folders["image"].reference == 8 * (4 + content)
    assert packing.main(["--root", str(made), "--input_path", "test", "--codec", "mbt2018-mean"]) == 0
    assert rates(made) == folders


def test_a_stream_that_its_reference_does_not_name_is_no_measure(made: Path) -> None:
    path = made / "Ref/image" / f"{KEY}.png"
    Image.open(path).convert("RGB").save(path)  # as a reference of before, or of another program
    assert {mode for mode, rate in rates(made).items() if rate is None} == {"full", "image"}
    shutil.copy(made / "Ref/pixel" / "other.rgb4", made / "Ref/pixel" / f"{KEY}.rgb4")
    assert rates(made)["pixel"] is None
