import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from cmc.core.images import load_rgb, save_png
from cmc.core.origin import CHUNK, Origin, count_reasons, digest, read_origin, settings_digest, text_digest
from tests.conftest import photo

ORIGIN = Origin(settings="s", gt="g", caption="c", reference="r", stream="")


def test_a_digest_is_the_start_of_the_sha_256() -> None:
    # Of "abc", as in FIPS 180-2, appendix B.1.
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
    assert text_digest("abc") == digest(b"abc")


def test_a_picture_says_what_it_was_made_from_and_loads_as_before(tmp_path: Path) -> None:
    image = photo("coffee.png").resize((40, 30))
    save_png(tmp_path / "a.png", image, ORIGIN)
    assert read_origin(tmp_path / "a.png") == ORIGIN
    assert load_rgb(tmp_path / "a.png").tobytes() == image.tobytes()
    with Image.open(tmp_path / "a.png") as read:
        assert json.loads(read.info[CHUNK])["caption"] == "c"
    save_png(tmp_path / "again.png", image, ORIGIN)
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "a.png").read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"gt": "g"}', '{"settings": 1, "gt": 2}', "null"])
def test_another_text_is_no_origin(tmp_path: Path, text: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(CHUNK, text)
    photo("coffee.png").resize((8, 8)).save(tmp_path / "a.png", pnginfo=info)
    assert read_origin(tmp_path / "a.png") is None


def test_a_picture_of_others_has_none(tmp_path: Path) -> None:
    photo("coffee.png").resize((8, 8)).save(tmp_path / "a.png")
    photo("coffee.png").resize((8, 8)).save(tmp_path / "a.jpg")
    (tmp_path / "b.png").write_bytes(b"rubbish")
    assert [read_origin(tmp_path / name) for name in ("a.png", "a.jpg", "b.png", "gone.png")] == [None] * 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"settings": "x"}, ["other settings"]),
        ({"gt": "x"}, ["another ground truth"]),
        ({"caption": ""}, ["another caption"]),
        ({"caption": "x", "reference": "x"}, ["another caption", "another reference"]),
        ({"stream": "x"}, ["another stream"]),
        ({"gt": None, "reference": None}, []),
    ],
)
def test_differences_are_named_and_what_is_not_known_is_none(change: dict[str, str], words: list[str]) -> None:
    now = Origin(**{"settings": "s", "gt": "g", "caption": "c", "reference": "r"} | change)
    assert ORIGIN.differences(now) == words
    assert now.differences(ORIGIN) == words


def test_settings_count_and_places_do_not() -> None:
    run = {
        "settings": {"steps": 40, "checkpoint": "here", "captions": "Text/a.csv", "references": "Ref"},
        "loaded": {"checkpoint": "here", "revision": "abc"},
        "environment": {"torch": "2"},
        "outcome": {"failed": 3},
    }
    moved = {
        "settings": {"steps": 40, "checkpoint": "there", "captions": "/b.csv", "references": "/Ref"},
        "loaded": {"checkpoint": "there", "revision": "abc"},
    }
    assert settings_digest(run) == settings_digest(moved)
    assert settings_digest(run) != settings_digest(run | {"loaded": {"checkpoint": "here", "revision": "abd"}})
    assert settings_digest(run) != settings_digest(run | {"settings": {"steps": 41, "checkpoint": "here"}})
    unversioned = [{"settings": {"checkpoint": place}, "loaded": {}} for place in ("here", "there")]
    assert settings_digest(unversioned[0]) != settings_digest(unversioned[1])


def test_reasons_are_counted() -> None:
    assert count_reasons(["another caption", "other settings", "another caption"]) == (
        "2 from another caption, 1 from other settings"
    )
    assert count_reasons([]) == ""
