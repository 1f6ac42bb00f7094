"""Details, maps and other grids, from the folders to streams and back."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.inspect import main as inspect
from cmc.cli.maps import main as maps
from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.unpack import main as unpack
from cmc.codecs.grid_geometry import MISC, read_grid
from cmc.core.captions import read_captions, write_captions
from cmc.core.items import Item, Items, sent_of
from cmc.maps.map_file import read_maps
from cmc.maps.names import names_of
from cmc.stream.container import unpack as read
from tests.conftest import PHOTOS, fill
from tests.tiny_clip import openai_tokenizer, save_clip

KEY = "NSI_pgc_000"
NAMES = ("cup", "wooden table", "spoon")
DETAILS = ("white, full of coffee", "old and wooden", "made of shining steel")


def _caption(key: str, items: int) -> str:
    pairs = zip(NAMES[:items], DETAILS[:items], strict=True)
    return Items(tuple(Item(name, detail) for name, detail in pairs), f"A photograph, called {key}.").to_text()


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with MISC's pixels, a codec's pictures, captions of three, two and one items and of none, and maps."""
    root = fill(tmp_path_factory.mktemp("mapped"))
    texts = {f"{key}.png": _caption(key, count) for key, count in zip(PHOTOS, (3, 2, 1, 3), strict=False)}
    write_captions(root / "Text/test.csv", texts | {"other.png": "A rocket, far away."})
    assert reference(["--root", str(root), "--block", "misc", "--codec", "webp", "--qp", "5"]) == 0
    clip = save_clip(tmp_path_factory.mktemp("clip"))
    assert maps(["--root", str(root), "--input_path", "test", "--model_dir", str(clip)]) == 1
    return root


@pytest.fixture
def ready(mapped: Path, tmp_path: Path) -> Path:
    return shutil.copytree(mapped, tmp_path / "ready")


def _pack(root: Path, *more: str) -> int:
    return pack(["--root", str(root), "--input_path", "test", "--codec", "webp", *more])


def _stream(root: Path, mode: str, key: str = KEY) -> bytes:
    return (root / "Stream" / mode / f"{key}.cmc").read_bytes()


@pytest.mark.parametrize("items", [0, 1, 2, 3])
def test_the_first_items_are_sent_with_their_maps_and_nothing_of_their_names(ready: Path, items: int) -> None:
    assert _pack(ready, "--items", str(items)) == 0
    for count, key in zip((3, 2, 1, 3, 0), PHOTOS, strict=True):
        kept = read_maps(ready / f"Ref/map/{key}.map.json").maps if count else np.zeros((0, 8, 8), bool)
        for mode in ("full", "pixel"):
            stream = read(_stream(ready, mode, key))
            sent = min(items, count)
            assert stream.details == DETAILS[:sent]
            assert np.array_equal([] if stream.maps is None else stream.maps, kept[:sent] if sent else [])
        for mode in ("image", "text"):
            assert read(_stream(ready, mode, key)).details == ()
            assert _stream(ready, mode, key)[0] == 0xC1
    assert _stream(ready, "full", "other")[0] == 0xC1


def test_unpacked_folders_give_the_decoder_what_the_folders_gave(ready: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _pack(ready, "--items", "3") == 0
    assert unpack([str(ready / "Stream"), "--root", str(out), "--text_name", "test"]) == 0
    assert read_grid(out / "Ref/pixel") == MISC
    written, kept = (read_captions(root / "Text/test.csv") for root in (out, ready))
    assert [sent_of(text) for text in written.values()] == [sent_of(text) for text in kept.values()]
    assert names_of(written[KEY]) == ["item 1", "item 2", "item 3"]
    for kind in ("pixel", "image"):
        for key in PHOTOS:
            first, second = (Image.open(root / "Ref" / kind / f"{key}.png") for root in (ready, out))
            assert first.tobytes() == second.tobytes()
    here, there = ({p.name: read_maps(p) for p in (root / "Ref/map").glob("*.map.json")} for root in (ready, out))
    assert here.keys() == there.keys()
    assert len(there) == 4
    assert all(np.array_equal(here[name].maps, there[name].maps) for name in here)
    assert list(there[f"{KEY}.map.json"].names) == ["item 1", "item 2", "item 3"]
    # Packed anew from there, on a machine that has the ground truth, they are the same streams.
    shutil.copytree(ready / "GT", out / "GT")
    assert _pack(out, "--items", "3", "--mode", "pixel") == 0
    assert _stream(out, "pixel") == _stream(ready, "pixel")


def test_streams_of_one_image_with_and_without_details_make_one_caption(ready: Path, tmp_path: Path) -> None:
    assert _pack(ready, "--items", "2") == 0
    for order in (("text", "pixel"), ("pixel", "text")):
        out = tmp_path / order[0]
        assert unpack([*(str(ready / "Stream" / mode) for mode in order), "--root", str(out)]) == 0
        assert sent_of(read_captions(out / "Text/stream.csv")[KEY]).details == DETAILS[:2]
    other = tmp_path / "other"
    assert _pack(ready, "--items", "1", "--mode", "full", "--output_path", str(other)) == 0
    assert unpack([str(ready / "Stream/pixel"), str(other), "--root", str(tmp_path / "mixed")]) == 2


def test_two_grids_are_not_mixed(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _pack(ready, "--mode", "pixel") == 0
    second = ["--root", str(ready), "--kind", "pixel", "--ref_dir", str(ready / "Ref2")]
    assert reference(second) == 0
    arguments = ["--mode", "pixel", "--ref_dir", str(ready / "Ref2"), "--output_path", str(tmp_path / "S2")]
    assert _pack(ready, *arguments) == 0
    out = ["--root", str(tmp_path / "out")]
    assert unpack([str(ready / "Stream/pixel"), str(tmp_path / "S2"), *out]) == 2
    assert "another pixel grid than others" in capsys.readouterr().err
    assert unpack([str(ready / "Stream/pixel"), *out]) == 0
    assert unpack([str(tmp_path / "S2"), *out]) == 2
    assert "bits: 5 there, None now" in capsys.readouterr().err
    assert unpack([str(tmp_path / "S2"), *out, "--overwrite"]) == 0
    assert json.loads((tmp_path / "out/Ref/pixel/run.json").read_text())["settings"] == {"source": "streams"}


def test_maps_that_are_stale_or_lacking_are_refused_by_name(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = read_captions(ready / "Text/test.csv", by_name=True)
    write_captions(ready / "Text/test.csv", texts | {f"{KEY}.png": texts[f"{KEY}.png"].replace("[cup]", "[mug]")})
    assert _pack(ready, "--mode", "pixel") == 0
    assert _pack(ready, "--mode", "text", "--items", "3") == 0
    assert _pack(ready, "--mode", "pixel", "--items", "3") == 2
    said = capsys.readouterr().err
    assert f"{KEY}: its maps were made from another caption (run cmc maps again)" in said
    (ready / "Ref/map/AIGI_MJ_003.map.json").unlink()
    (ready / "Ref/map/NSI_ugc_001.map.json").write_text("rubbish")
    assert _pack(ready, "--mode", "pixel", "--items", "1") == 2
    said = capsys.readouterr().err
    assert "AIGI_MJ_003: no maps in " in said
    assert "NSI_ugc_001: its maps were made from something unknown" in said
    assert _pack(ready, "--mode", "pixel", "--items", "1", "--allow_partial") == 1
    packed = {path.stem for path in (ready / "Stream/pixel").glob("*.cmc") if path.read_bytes()[8:]}
    assert {"SCI_screen_002", "other"} <= packed


def test_inspect_says_what_is_in_each_part(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _pack(ready, "--items", "2", "--mode", "pixel") == 0
    capsys.readouterr()
    assert inspect([str(ready / "Stream/pixel" / f"{KEY}.cmc")]) == 0
    said = capsys.readouterr().out
    used = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in said.splitlines()[1:]}
    assert (
        used["header"] + used["text"] + used["maps"] + used["pixels"]
        == used["total"]
        == 8 * len(_stream(ready, "pixel"))
    )
    assert f": coded as one, details of 21, 14 characters, overall of {len(f'A photograph, called {KEY}.')}" in said
    assert ": 2 of 8x8" in said
    assert ": 3x2, blocks by size (misc) of 32 levels" in said


LONG = "a very long description of a harbour where boats and gulls and towers are seen in the light of the evening " * 6


@pytest.fixture
def long(ready: Path) -> Path:
    """With an overall description and a detail that go past what CLIP reads."""
    texts = read_captions(ready / "Text/test.csv", by_name=True)
    name = f"{KEY}.png"
    write_captions(
        ready / "Text/test.csv",
        texts | {name: texts[name].replace("A photograph", LONG).replace("old and wooden", LONG)},
    )
    return ready


def test_trimmed_texts_are_what_the_encoder_reads(
    long: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = openai_tokenizer(tmp_path / "clip")
    arguments = ["--items", "3", "--mode", "pixel", "--tokenizer", str(tmp_path / "clip")]
    assert _pack(long, *arguments) == 0
    whole, said = _stream(long, "pixel"), capsys.readouterr().out
    assert read(whole).details[1] == " ".join(LONG.split())
    assert _pack(long, *arguments, "--trim") == 0
    cut = _stream(long, "pixel")
    saved = 8 * (len(whole) - len(cut))
    assert saved > 0
    assert f"warning: 2 texts go past the 77 tokens that CLIP reads; --trim would save {saved:,} bits" in said
    assert f"2 texts were cut after CLIP's 77 tokens, which saved {saved:,} bits" in capsys.readouterr().out
    for text, sent in zip(read(whole).sent.text.split("\n"), read(cut).sent.text.split("\n"), strict=True):
        assert tokenizer(sent).input_ids == tokenizer(text, truncation=True, max_length=77).input_ids
    assert [tokenizer(text, truncation=True).input_ids for text in read(cut).details[::2]] == [
        tokenizer(text).input_ids for text in DETAILS[::2]
    ]


def test_without_a_tokenizer_nothing_is_trimmed(long: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _pack(long, "--mode", "text") == 0
    assert "not looked for texts past CLIP's 77 tokens, for want of its tokenizer" in capsys.readouterr().out
    assert _pack(long, "--mode", "text", "--trim") == 2
    assert "--trim needs CLIP's tokenizer" in capsys.readouterr().err
