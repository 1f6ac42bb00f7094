"""Outputs that were made from what is another now: named, refused, left out, or made anew, in every step."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli import bundle, codec, compare, evaluate, i2t, leaderboard, pack, reference, report, t2i, unpack
from cmc.core.captions import read_captions, write_captions
from cmc.core.items import Item, Items
from cmc.core.origin import UNKNOWN, read_origin, text_digest
from tests.conftest import PHOTOS, fill
from tests.tables import read

KEY = "NSI_pgc_000"
# Of the references; the benchmark's takes a second a picture.
CODEC = ["--codec", "webp"]
MODEL = '''
import numpy as np
from cmc.i2t.base import Answer, Captioner
from cmc.registry import I2T, T2I
from cmc.t2i.base import Decoder, Picture

class Mixes(Decoder):
    """A grey that depends on prompt and seed, over the start."""

    def render(self, requests, sampling):
        return [Picture(self._mix(r)) for r in requests]

    def _mix(self, r):
        grey = (sum(r.prompt.encode()) + r.seed) % 97 / 97
        start = 0.5 if r.reference is None else np.asarray(r.reference) / 255
        return np.full((r.size[1], r.size[0], 3), grey) * 0.5 + start * 0.5

@T2I.register("mixes", modes={"full", "image", "pixel", "text"}, needs=["numpy"])
def mixes(checkpoint, device, dtype):
    return Mixes()

class Brightness(Captioner):
    def caption(self, images, prompt):
        return [Answer(f"Brightness {np.asarray(image).mean():.3f}") for image in images]

@I2T.register("brightness", needs=["numpy"])
def brightness(checkpoint, device, dtype):
    return Brightness()
'''


class Root:
    """A workspace and the commands on it; each returns the exit code."""

    def __init__(self, path: Path, plugin: Path | None = None) -> None:
        self.path, self.plugin = path, plugin

    def run(self, main: Callable[[list[str]], int], *arguments: str, plugin: bool = False) -> int:
        more = ["--plugin", str(self.plugin)] if plugin else []
        return main([*arguments, "--root", str(self.path), *more])

    def references(self, *more: str) -> int:
        return self.run(reference.main, *CODEC, *more)

    def captions(self, *more: str) -> int:
        return self.run(i2t.main, "--model_name", "brightness", *more, plugin=True)

    def decode(self, *more: str) -> int:
        arguments = ["--model_name", "mixes", "--input_path", str(self.path / "Text/brightness.csv")]
        return self.run(t2i.main, *arguments, *more, plugin=True)

    def score(self, *more: str, target: str = "mixes") -> int:
        return self.run(evaluate.main, "--target", target, "--metrics", "psnr", *more)

    def pictures(self) -> dict[str, int]:
        """Times of change by place."""
        files = sorted((self.path / "Result").rglob("*.png"))
        return {str(path.relative_to(self.path / "Result")): path.stat().st_mtime_ns for path in files}

    def turn(self, key: str = KEY) -> None:
        """Replace a ground truth by itself upside down, of the same size."""
        path = self.path / "GT" / f"{key}.png"
        Image.open(path).transpose(Image.Transpose.ROTATE_180).save(path)


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder and an encoder, in one file for all tests: a process registers a name once."""
    path = tmp_path_factory.mktemp("plugin") / "mixes.py"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="session")
def made(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """References, and all three steps done with all modes."""
    root = Root(fill(tmp_path_factory.mktemp("stale")), plugin)
    assert [root.references(), root.captions(), root.decode(), root.score()] == [0] * 4
    return root.path


@pytest.fixture
def root(made: Path, plugin: Path, tmp_path: Path) -> Root:
    """A copy of one's own."""
    return Root(shutil.copytree(made, tmp_path / "root"), plugin)


def test_nothing_is_made_again_without_a_reason(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    before = root.pictures()
    assert [root.references(), root.captions(), root.decode(), root.score()] == [0] * 4
    assert root.pictures() == before
    captured = capsys.readouterr()
    assert "stale" not in captured.out + captured.err
    assert UNKNOWN not in captured.out


def test_references_of_another_quality_make_their_pictures_stale(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    before = root.pictures()
    assert root.references("--kind", "image", "--qp", "30", "--overwrite") == 0
    capsys.readouterr()
    assert root.score() == 2
    error = capsys.readouterr().err
    assert "10 picture(s) are stale" in error
    assert "mixes/full/AIGI_MJ_003.png made from another reference" in error
    for command, arguments in ((report.main, []), (leaderboard.main, []), (compare.main, [])):
        assert root.run(command, *arguments) == 2
        assert "stale" in capsys.readouterr().err
    assert root.run(bundle.main, "mixes") == 2
    assert "stale" in capsys.readouterr().err
    assert root.decode() == 0
    out = capsys.readouterr().out
    assert "5 of 5 full pictures were stale and are made anew: 5 from another reference" in out
    assert "5 of 5 image pictures were stale" in out
    assert "pixel pictures were stale" not in out
    changed = {place for place, time in root.pictures().items() if time != before[place]}
    assert {place.split("/")[1] for place in changed} == {"full", "image"}
    assert len(changed) == 2 * len(PHOTOS)
    assert root.score() == 0
    rows = {row["name"]: row for row in read(root.path / "Result/mixes/scores.csv") if row["mode"] == "image"}
    stream = root.path / "Ref/image" / f"{KEY}.vp8"
    assert int(rows[f"{KEY}.png"]["bits_reference"]) == 8 * stream.stat().st_size


def test_another_ground_truth_is_noticed_from_the_first_step_to_the_last(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    root.turn()
    assert root.score() == 2
    assert f"mixes/full/{KEY}.png made from another ground truth" in capsys.readouterr().err
    assert root.decode() == 2
    assert f"{KEY}: its caption was made from another ground truth (run script-i2t.py again)" in capsys.readouterr().err
    assert root.captions() == 0
    assert "1 of 5 captions were stale and are made anew: 1 from another ground truth" in capsys.readouterr().out
    assert root.decode() == 2
    assert "its reference was made from another ground truth (run cmc reference again)" in capsys.readouterr().err
    assert root.run(pack.main, *CODEC, "--input_path", str(root.path / "Text/brightness.csv")) == 2
    assert "1 image(s) have stale inputs" in capsys.readouterr().err
    assert root.references() == 0
    assert "1 of 5 references were stale and are made anew: 1 from another ground truth" in capsys.readouterr().out
    before = root.pictures()
    assert root.decode() == 0
    changed = {place for place, time in root.pictures().items() if time != before[place]}
    assert changed == {f"mixes/{mode}/{KEY}.png" for mode in ("full", "image", "pixel", "text")}
    assert root.score() == 0


def test_stale_pictures_are_left_out_where_the_user_says_so(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    root.turn()
    assert root.score("--allow_partial") == 1
    assert "16 of 20 pictures, not over all" in capsys.readouterr().out
    rows = {(row["name"], row["mode"]): row for row in read(root.path / "Result/mixes/scores.csv")}
    assert rows[f"{KEY}.png", "text"]["status"] == "stale: made from another ground truth"
    assert rows[f"{KEY}.png", "text"]["psnr"] == ""
    assert root.decode("--allow_partial") == 1
    assert "1 failed" in capsys.readouterr().out


def test_an_edited_caption_makes_its_own_pictures_stale(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    table = root.path / "Text/brightness.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([line + " or so" if f"{KEY}.png" in line else line for line in lines]) + "\n")
    assert root.score() == 2
    assert "3 picture(s) are stale" in capsys.readouterr().err
    assert root.captions() == 0
    assert f"1 captions are {UNKNOWN} (written or changed by hand?) and are kept: {KEY}.png" in capsys.readouterr().out
    before = root.pictures()
    assert root.decode() == 0
    changed = {place for place, time in root.pictures().items() if time != before[place]}
    assert changed == {f"mixes/{mode}/{KEY}.png" for mode in ("full", "pixel", "text")}
    assert root.score() == 0


def test_of_a_structured_caption_the_overall_description_is_what_pictures_are_made_from(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    table = root.path / "Text/brightness.csv"
    captions = {name: Items((Item("cup", "white"),), text) for name, text in read_captions(table, by_name=True).items()}
    write_captions(table, {name: items.to_text() for name, items in captions.items()})
    assert root.score() == 0
    before = root.pictures()
    assert root.decode() == 0
    assert root.pictures() == before
    captions[f"{KEY}.png"] = Items((), "Another.")
    write_captions(table, {name: items.to_text() for name, items in captions.items()})
    capsys.readouterr()
    assert root.score() == 2
    assert "3 picture(s) are stale" in capsys.readouterr().err
    assert root.decode() == 0
    assert root.score() == 0
    origin = read_origin(root.path / "Result/mixes/text" / f"{KEY}.png")
    assert origin is not None
    assert origin.caption == text_digest("Another.")


def test_pictures_of_another_seed_do_not_hide_among_others(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.decode("--seed", "7", "--result_name", "other", "--mode", "text") == 0
    foreign = root.path / "Result/other/text" / f"{KEY}.png"
    mine = root.path / "Result/mixes/text" / f"{KEY}.png"
    assert foreign.read_bytes() != mine.read_bytes()
    shutil.copy(foreign, mine)
    assert root.score() == 2
    error = capsys.readouterr().err
    assert "1 picture(s) are stale" in error
    assert f"mixes/text/{KEY}.png made from other settings" in error
    assert root.decode() == 0
    assert "1 of 5 text pictures were stale and are made anew: 1 from other settings" in capsys.readouterr().out
    assert root.score() == 0


def test_overwrite_makes_everything_anew(root: Root) -> None:
    before = root.pictures()
    references = {path: path.stat().st_mtime_ns for path in (root.path / "Ref").rglob(f"{KEY}.*")}
    assert len(references) == 4  # two pictures and their streams
    captions = (root.path / "Text/brightness.csv").stat().st_mtime_ns
    content = (root.path / "Text/brightness.csv").read_bytes()
    assert [root.references("--overwrite"), root.captions("--overwrite"), root.decode("--overwrite")] == [0] * 3
    after = root.pictures()
    assert after.keys() == before.keys()
    assert all(after[place] > before[place] for place in before)
    assert all(path.stat().st_mtime_ns > time for path, time in references.items())
    assert (root.path / "Text/brightness.csv").stat().st_mtime_ns > captions
    assert (root.path / "Text/brightness.csv").read_bytes() == content
    # The same settings make the same references and captions, so that nothing else became stale.
    assert root.score() == 0


def test_pictures_of_other_programs_are_allowed_and_it_is_said_once(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(root.path / "GT", root.path / "Result/foreign/full")
    assert root.score(target="foreign") == 0
    assert capsys.readouterr().out.count(UNKNOWN) == 1
    # A picture of ours that another program saved says nothing any more; step 2 does not take it for its own.
    path = root.path / "Result/mixes/image" / f"{KEY}.png"
    Image.open(path).convert("RGB").save(path)
    assert root.score() == 0
    assert f"mixes: 1 picture(s) {UNKNOWN}" in capsys.readouterr().out
    assert root.decode() == 0
    assert "1 of 5 image pictures were stale" in capsys.readouterr().out
    assert read_origin(path) is not None


def test_scores_of_pictures_of_before_are_no_scores(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(bundle.main, "mixes") == 0
    shutil.copy(root.path / "GT" / f"{KEY}.png", root.path / "Result/mixes/full")
    for main, arguments in ((report.main, []), (bundle.main, ["mixes"])):
        assert root.run(main, *arguments) == 2
        assert f"mixes/full/{KEY}.png made from a picture of before" in capsys.readouterr().err
    assert root.run(report.main, "--allow_partial") == 0


def test_a_stream_beside_a_reference_that_is_not_its_own_is_not_counted(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(root.path / "Ref/image/other.vp8", root.path / "Ref/image" / f"{KEY}.vp8")
    assert root.score() == 2
    assert "a reference whose stream is another's" in capsys.readouterr().err
    assert root.references() == 0
    assert "1 of 5 references were stale" in capsys.readouterr().out
    assert root.score() == 0


def test_a_codecs_result_knows_its_ground_truth_and_its_stream(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = Root(space)
    arguments = ["--codec", "webp", "--qp", "30"]
    assert root.run(codec.main, *arguments) == 0
    root.turn()
    assert root.score(target="webp-qp30") == 2
    assert f"webp-qp30/image/{KEY}.png made from another ground truth" in capsys.readouterr().err
    before = root.pictures()
    assert root.run(codec.main, *arguments) == 0
    assert "1 of 5 pictures were stale and are made anew: 1 from another ground truth" in capsys.readouterr().out
    assert [place for place, time in root.pictures().items() if time != before[place]] == [f"webp-qp30/image/{KEY}.png"]
    streams = space / "Result/webp-qp30/image/streams"
    shutil.copy(streams / "other.vp8", streams / f"{KEY}.vp8")
    assert root.score(target="webp-qp30") == 2
    assert "made from another stream" in capsys.readouterr().err
    assert root.run(codec.main, *arguments, "--overwrite") == 0
    assert root.score(target="webp-qp30") == 0


def test_streams_of_before_are_stale(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    table = root.path / "Ref/image/streams.csv"
    table.write_text("".join(f"{line.rsplit(',', 4)[0]}\n" for line in table.read_text().splitlines()))
    assert root.references("--kind", "image") == 0
    assert f"5 of 5 references were stale and are made anew: 5 from something unknown ({UNKNOWN})" in (
        capsys.readouterr().out
    )


def test_streams_of_before_codecs_read_captions_are_not(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    table = root.path / "Ref/image/streams.csv"
    table.write_text("".join(f"{line.rsplit(',', 1)[0]}\n" for line in table.read_text().splitlines()))
    assert root.references("--kind", "image") == 0
    assert "stale" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            lambda lines: [*lines[:2], lines[2].replace(",", '",', 1), *lines[3:]],
            "line 3 has a quote in a cell without quotes",
        ),
        (lambda lines: [*lines[:2], lines[2] + ",7", *lines[3:]], "line 3 has 13 cells, the header 12"),
        (lambda lines: [lines[0], lines[1].replace("53", "fine"), *lines[2:]], "line 2: qp is no number"),
        (lambda lines: lines[1:], "lacks the column name"),
    ],
)
def test_a_damaged_table_of_streams_is_named_by_its_line(
    root: Root, capsys: pytest.CaptureFixture[str], damage: Callable[[list[str]], list[str]], named: str
) -> None:
    table = root.path / "Ref/image/streams.csv"
    table.write_text("".join(f"{line}\n" for line in damage(table.read_text().splitlines())))
    assert root.references("--kind", "image") == 2
    assert named in capsys.readouterr().err


def test_unpacked_references_do_not_mix_with_others(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(pack.main, *CODEC, "--input_path", str(root.path / "Text/brightness.csv")) == 0
    assert root.run(unpack.main, str(root.path / "Stream")) == 2
    assert "was made with other settings" in capsys.readouterr().err
    # The very streams give the very references: what was made from those stays fresh.
    assert root.run(unpack.main, str(root.path / "Stream"), "--overwrite") == 0
    assert root.score() == 0
    assert root.decode() == 0
    assert "stale" not in capsys.readouterr().out


def test_an_unreadable_reference_fails_its_picture_alone(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    (root.path / "Ref/image" / f"{KEY}.png").write_bytes(b"rubbish")
    assert root.score() == 0  # what the pictures were made from cannot be told from it
    assert root.decode("--result_name", "again", "--mode", "image") == 1
    assert f"{KEY}: " in capsys.readouterr().out
    assert len(list((root.path / "Result/again/image").glob("*.png"))) == len(PHOTOS) - 1
    assert root.score(target="again") == 1
