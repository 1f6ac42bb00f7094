"""MISC for whole folders: two commands, from pictures of mixed sizes to streams, and on another machine to pictures."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli import evaluate, maps, reference, t2i
from cmc.cli.misc import main
from cmc.core.captions import read_captions
from cmc.core.items import sent_of
from cmc.core.tables import read_csv
from cmc.stream.container import pack, split, unpack
from tests.conftest import PHOTOS
from tests.tiny_clip import openai_tokenizer, save_clip

MODELS = '''
import numpy as np
from cmc.i2t.base import Answer, Captioner
from cmc.maps.item_map import expand
from cmc.registry import I2T, T2I
from cmc.t2i.base import Decoder, Picture

class Names(Captioner):
    """Two items, whose details and whole depend on the picture."""

    def caption(self, images, prompt):
        return [Answer(self._answer(np.asarray(image))) for image in images]

    def _answer(self, pixels):
        red, green, blue = pixels.mean((0, 1)).round(1)
        return f"1. cup: {red} red\\n2. table: {green} green\\nOverall: {blue} blue on {red} red."

@I2T.register("names", needs=["numpy"])
def names(checkpoint, device, dtype):
    return Names()

class Tints(Decoder):
    """The start, brightened where an item is, the more the longer its detail; noise by the seed over all."""

    max_side = None

    def render(self, requests, sampling):
        return [Picture(self._tint(request)) for request in requests]

    def _tint(self, request):
        pixels = np.asarray(request.reference) / 255
        for guide in request.guides:
            pixels[expand(guide.where, request.size)] += len(guide.detail) / 255
        noise = np.random.default_rng([request.seed, *request.prompt.encode()]).random(pixels.shape)
        return np.clip(pixels * 0.9 + noise * 0.1, 0, 1)

class Wordy(Names):
    def _answer(self, pixels):
        return super()._answer(pixels) + " and blue" * 90

@I2T.register("wordy", needs=["numpy"])
def wordy(checkpoint, device, dtype):
    return Wordy()

@T2I.register("tints", modes={"full", "pixel"}, needs=["numpy"], items=3)
def tints(checkpoint, device, dtype):
    return Tints()
'''
PARTS = ("header", "text", "maps", "pixels", "codec")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin beside a tiny CLIP."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "models.py").write_text(MODELS)
    save_clip(folder / "clip")
    return folder


def _encode(space: Path, models: Path, *more: str) -> int:
    flags = ["--model_name", "names", "--plugin", str(models / "models.py"), "--clip_dir", str(models / "clip")]
    return main(["encode", str(space / "GT"), "--root", str(space), *flags, *more])


def _decode(root: Path, models: Path, streams: Path, *more: str) -> int:
    flags = ["--model_name", "tints", "--plugin", str(models / "models.py")]
    return main(["decode", str(streams), "--root", str(root), *flags, *more])


def _manifest(folder: Path) -> dict[str, dict[str, str]]:
    return {record["name"]: dict(record.cells) for record in read_csv(folder / "manifest.csv", ("name", "status"))}


def _pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: Image.open(path).tobytes() for path in folder.glob("*.png")}


def test_two_commands_from_pictures_to_pictures_without_ground_truth(
    space: Path, models: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _encode(space, models) == 0
    said = capsys.readouterr().out
    streams = space / "Stream/misc"
    rows = _manifest(streams)
    assert set(rows) == set(PHOTOS)
    total = 0
    for key, (_, size) in PHOTOS.items():
        data = (streams / "pixel" / f"{key}.cmc").read_bytes()
        row, stream = rows[key], unpack(data)
        assert (stream.size, len(stream.details), stream.maps.shape) == (size, 2, (2, 8, 8))
        assert [int(row[f"bits_{part}"]) for part in PARTS] == [8 * split(data).ledger()[part] for part in PARTS]
        assert int(row["bits_total"]) == 8 * len(data)
        assert float(row["bpp"]) == pytest.approx(8 * len(data) / (size[0] * size[1]), abs=1e-6)
        total += 8 * len(data)
    assert f"5 of 5 streams, {total:,} bits in all" in said
    assert b"cup" not in b"".join(path.read_bytes() for path in streams.rglob("*.cmc"))

    away = tmp_path_factory.mktemp("away")
    shutil.copytree(streams, away / "Stream/misc", ignore=shutil.ignore_patterns("work"))
    assert _decode(away, models, away / "Stream/misc") == 0
    pictures = _pictures(away / "Result/misc/pixel")
    assert {name: Image.open(away / "Result/misc/pixel" / name).size for name in pictures} == {
        f"{key}.png": size for key, (_, size) in PHOTOS.items()
    }
    assert pictures == _by_the_folders(space, models)


def _by_the_folders(space: Path, models: Path) -> dict[str, bytes]:
    """What the single steps make of the same pictures."""
    captions = space / "Stream/misc/work/Text/captions.csv"
    shared = ["--root", str(space), "--ref_dir", str(space / "Folders")]
    assert maps.main([*shared, "--input_path", str(captions), "--model_dir", str(models / "clip")]) == 0
    assert reference.main([*shared, "--kind", "pixel", "--block", "misc"]) == 0
    flags = ["--plugin", str(models / "models.py"), "--model_name", "tints", "--mode", "pixel"]
    assert t2i.main([*shared, "--input_path", str(captions), *flags]) == 0
    return _pictures(space / "Result/tints/pixel")


def test_what_is_there_is_left(space: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _encode(space, models) == 0
    assert _decode(space, models, space / "Stream/misc") == 0
    streams = {path: path.read_bytes() for path in (space / "Stream").rglob("*.cmc")}
    made = {path: path.stat().st_mtime_ns for path in (space / "Result/misc/pixel").glob("*.png")}
    log = space / "Stream/misc/log.txt"
    before = len(log.read_text())
    assert _encode(space, models) == 0
    assert "nothing to do, so CLIP is not loaded" in log.read_text()[before:]
    assert "loaded" not in log.read_text()[before:].replace("not loaded", "")
    assert _decode(space, models, space / "Stream/misc") == 0
    assert {path: path.read_bytes() for path in (space / "Stream").rglob("*.cmc")} == streams
    assert {path: path.stat().st_mtime_ns for path in (space / "Result/misc/pixel").glob("*.png")} == made


def test_a_picture_that_fails_is_named_with_its_reason_and_keeps_no_stream_of_before(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _encode(space, models) == 0
    broken = space / "GT/NSI_ugc_001.png"
    broken.write_bytes(broken.read_bytes()[:200])
    capsys.readouterr()
    assert _encode(space, models) == 1
    assert "NSI_ugc_001" in capsys.readouterr().out
    rows = _manifest(space / "Stream/misc")
    assert [key for key, row in rows.items() if row["status"] != "ok"] == ["NSI_ugc_001"]
    assert "NSI_ugc_001.png" in rows["NSI_ugc_001"]["status"]
    assert not (space / "Stream/misc/pixel/NSI_ugc_001.cmc").exists()
    assert len(list((space / "Stream/misc/pixel").glob("*.cmc"))) == 4


def test_a_codecs_picture_as_the_start(space: Path, models: Path) -> None:
    assert _encode(space, models, "--start", "webp", "--qp", "5", "--items", "1", "--limit", "2") == 0
    rows = _manifest(space / "Stream/misc")
    assert len(rows) == 2
    for row in rows.values():
        assert int(row["bits_codec"]) > 0
        assert row["bits_pixels"] == "0"
        stream = unpack((space / "Stream/misc" / row["file"]).read_bytes())
        assert (stream.codec, len(stream.details)) == ("webp", 1)
    assert _decode(space, models, space / "Stream/misc", "--to", str(space / "Result/again")) == 0
    assert len(_pictures(space / "Result/again/full")) == 2


def test_fewer_items_of_what_was_sent_can_be_used(space: Path, models: Path) -> None:
    assert _encode(space, models) == 0
    assert _decode(space, models, space / "Stream/misc") == 0
    less = ("--items", "0", "--to", str(space / "Result/none"))
    assert _decode(space, models, space / "Stream/misc", *less) == 0
    assert _pictures(space / "Result/none/pixel") != _pictures(space / "Result/misc/pixel")


def test_damaged_streams_are_named_and_the_others_decoded(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _encode(space, models) == 0
    path = space / "Stream/misc/pixel/other.cmc"
    data = bytearray(path.read_bytes())
    data[12] ^= 1
    path.write_bytes(data)
    capsys.readouterr()
    assert _decode(space, models, space / "Stream/misc") == 1
    said = capsys.readouterr().out
    assert "other" in said
    assert "checksum" in said
    assert len(_pictures(space / "Result/misc/pixel")) == 4


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["decode", "{space}/Stream/misc"], "no stream in"),
        (["encode", "{space}/nowhere"], "nowhere"),
        (["encode", "{space}/GT", "--start", "jpg2000"], "jpg2000"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    words = [word.format(space=space) for word in arguments]
    more = ["--model_name", "names", "--plugin", str(models / "models.py")] if words[0] == "encode" else []
    clip = ["--clip_dir", str(models / "clip")] if words[0] == "encode" else []
    assert main([*words, "--root", str(space), *more, *clip]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert line.startswith("error: ")
    assert why in line


def test_details_and_whole_are_what_the_encoder_said(space: Path, models: Path) -> None:
    assert _encode(space, models) == 0
    captions = read_captions(space / "Stream/misc/work/Text/captions.csv")
    for key in PHOTOS:
        stream = unpack((space / f"Stream/misc/pixel/{key}.cmc").read_bytes())
        assert stream.sent == sent_of(captions[key])
    assert np.any([unpack(path.read_bytes()).maps for path in (space / "Stream").rglob("*.cmc")])


def test_scores_know_what_the_streams_cost(space: Path, models: Path) -> None:
    assert _encode(space, models) == 0
    assert _decode(space, models, space / "Stream/misc") == 0
    assert evaluate.main(["--root", str(space), "--target", "misc", "--metrics", "psnr"]) == 0
    rows = _manifest(space / "Stream/misc")
    scores = read_csv(space / "Result/misc/scores.csv", ("name", "bits_total"))
    assert {score["name"].removesuffix(".png"): score["bits_total"] for score in scores} == {
        key: row["bits_total"] for key, row in rows.items()
    }
    assert all(score["bits_maps"] == rows[score["name"].removesuffix(".png")]["bits_maps"] for score in scores)


def test_of_some_pictures_alone_the_manifest_speaks(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _encode(space, models) == 0
    capsys.readouterr()
    assert _decode(space, models, space / "Stream/misc", "--limit", "2") == 0
    assert "2 of 2 pictures" in capsys.readouterr().out
    assert list(_manifest(space / "Result/misc")) == sorted(PHOTOS)[:2]


@pytest.mark.parametrize("other", [("--items", "1"), ("--block", "64"), ("--start", "webp", "--qp", "5")])
def test_streams_of_other_settings_are_refused_and_stay(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str], other: tuple[str, ...]
) -> None:
    assert _encode(space, models) == 0
    streams = {path: path.read_bytes() for path in (space / "Stream").rglob("*.cmc")}
    assert _encode(space, models, *other) == 2
    assert "another --to" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (space / "Stream").rglob("*.cmc")} == streams
    assert _encode(space, models, *other, "--overwrite") == 0
    (mode,) = {path.parent.name for path in (space / "Stream").rglob("*.cmc")}
    assert mode == ("full" if "webp" in other else "pixel")


def test_text_that_is_not_read_is_told_of_and_left_out_on_request(
    space: Path, models: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = tmp_path_factory.mktemp("tokenizer")
    openai_tokenizer(tokenizer)
    wordy = ("--model_name", "wordy", "--items", "0", "--limit", "2", "--tokenizer", str(tokenizer))
    assert _encode(space, models, *wordy) == 0
    whole = int(re.search(r"([\d,]+) bits in all", said := capsys.readouterr().out)[1].replace(",", ""))
    saved = int(re.search(r"2 texts go past the 77 tokens .* would save ([\d,]+) bits", said)[1].replace(",", ""))
    assert _encode(space, models, *wordy, "--trim", "--to", str(space / "Stream/trimmed")) == 0
    said = capsys.readouterr().out
    assert f"2 texts were cut after CLIP's 77 tokens, which saved {saved:,} bits" in said
    assert f"{whole - saved:,} bits in all" in said


def test_a_stream_whose_picture_does_not_decode_is_no_picture(
    space: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _encode(space, models, "--start", "webp", "--qp", "5") == 0
    path = space / "Stream/misc/full/other.cmc"
    path.write_bytes(pack(replace(unpack(path.read_bytes()), picture=b"rubbish")))
    odd = path.with_name("a:b.cmc")
    odd.write_bytes(path.read_bytes())
    capsys.readouterr()
    assert _decode(space, models, space / "Stream/misc") == 1
    assert "4 of 6 pictures" in capsys.readouterr().out
    status = {key: row["status"] for key, row in _manifest(space / "Result/misc").items() if row["status"] != "ok"}
    assert set(status) == {"other", "a:b"}
    assert "webp" in status["other"].lower()


def test_why_another_start_had_failed_is_no_matter(space: Path, models: Path) -> None:
    broken = space / "GT/other.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:200])
    assert _encode(space, models) == 1
    broken.write_bytes(whole)
    assert _encode(space, models, "--start", "webp", "--qp", "5", "--overwrite") == 0
    assert {row["status"] for row in _manifest(space / "Stream/misc").values()} == {"ok"}
