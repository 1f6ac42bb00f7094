"""Plugins that go wrong at one picture, from the command line: it fails by name, the rest is there, the exit code says
so."""

import csv
from pathlib import Path

import pytest

from cmc.cli import codec, evaluate, i2t, pack, reference, t2i, unpack
from cmc.core.failed_csv import read_failures
from cmc.scores.score_file import read_scores
from tests.conftest import PHOTOS, blur_all

# The only square photograph of the workspace.
SQUARE = "AIGI_MJ_003"
OTHERS = sorted(set(PHOTOS) - {SQUARE})

DECODER = """
import numpy as np
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Picture

class D(Decoder):
    max_side = None
    multiple = 1
    def render(self, requests, sampling):
        pictures = []
        for request in requests:
            width, height = request.size
            pixels = np.random.default_rng(1).random((height, width, 3))
            if width == height:
                {wrong}
            pictures.append(Picture(pixels))
        return pictures
{more}

@T2I.register("{name}", modes=["text"])
def build(checkpoint, device, dtype):
    return D()
"""


def _plugin(space: Path, text: str, **parts: str) -> list[str]:
    path = space / f"{parts['name']}.py"
    path.write_text(text.format(**{"more": "", **parts}), encoding="utf-8")
    return ["--root", str(space), "--plugin", str(path)]


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("raises", "self.weights", "AttributeError: 'D' object has no attribute 'weights' (raises.py, line 15)"),
        (
            "levels",
            "pixels = (pixels * 255).astype(int)",
            "expected float pixels in [0, 1] from the decoder, found int",
        ),
        ("over", "pixels = pixels + 1", "expected pixels in [0, 1] from the decoder"),
        ("slim", "pixels = pixels[:, 1:]", "expected a picture of 96x96 from slim, as asked, found 95x96"),
    ],
)
def test_a_decoder(space: Path, capsys: pytest.CaptureFixture[str], name: str, wrong: str, told: str) -> None:
    flags = _plugin(space, DECODER, name=name, wrong=wrong)
    assert t2i.main([*flags, "--model_name", name, "--input_path", "test", "--mode", "text", "--batch_size", "3"]) == 1
    folder = space / "Result" / name / "text"
    assert sorted(path.stem for path in folder.glob("*.png")) == OTHERS
    assert told in read_failures(folder / "failed.csv")[SQUARE]
    out = capsys.readouterr()
    assert f"1 failed (failed.csv says why): {SQUARE}" in out.out
    assert "Traceback" not in out.err


@pytest.mark.parametrize(
    ("name", "more", "told"),
    [
        ("mute", "    def describe(self): return None", "describing mute failed: TypeError"),
        ("deep", "    def describe(self): return {'dtype': np.float32}", "describing deep failed: TypeError"),
        ("blind", "    def tokens_over(self, prompt): return None", "the decoder's tokens_over failed: TypeError"),
        ("zero", "    multiple = 0", "multiple of zero: expected a whole number from 1, found 0"),
        ("picky", "    def check(self, sampling): sampling.scheduler", "the decoder's check failed: AttributeError"),
    ],
)
def test_a_decoder_that_fails_at_every_picture_alike_ends_at_once(
    space: Path, capsys: pytest.CaptureFixture[str], name: str, more: str, told: str
) -> None:
    flags = _plugin(space, DECODER, name=name, wrong="pass", more=more)
    assert t2i.main([*flags, "--model_name", name, "--input_path", "test", "--mode", "text"]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert told in line


ENCODER = """
from cmc.i2t.base import Answer, Captioner
from cmc.registry import I2T

class E(Captioner):
    batch_size = 2
    def caption(self, images, prompt):
        return [({wrong}) if image.width == image.height else Answer("a cup") for image in images]

@I2T.register("{name}")
def build(checkpoint, device, dtype):
    return E()
"""


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("nothing", "None", "expected an Answer from the encoder, found None"),
        ("number", "Answer(12)", "expected text in the encoder's answer, found an int"),
        ("divides", "1 / 0", "the encoder failed: ZeroDivisionError: division by zero (divides.py, line 8)"),
    ],
)
def test_an_encoder(space: Path, capsys: pytest.CaptureFixture[str], name: str, wrong: str, told: str) -> None:
    assert i2t.main([*_plugin(space, ENCODER, name=name, wrong=wrong), "--model_name", name]) == 1
    assert told in read_failures(space / "Text" / f"{name}.failed.csv")[f"{SQUARE}.png"]
    with open(space / "Text" / f"{name}.csv", newline="", encoding="utf-8") as file:
        assert sorted(row["name"] for row in csv.DictReader(file)) == [f"{key}.png" for key in OTHERS]
    assert "Traceback" not in capsys.readouterr().err


METRIC = """
import numpy as np
from cmc.metrics.base import Metric
from cmc.registry import METRICS

class M(Metric):
    full_reference = False
    identity = {{"metric": "{name}"}}
    def score(self, pictures, gt):
        return [({wrong}) if picture.shape[0] == picture.shape[1] else picture.mean() for picture in pictures]

@METRICS.register("{name}", full_reference=False, higher_is_better=True, range=(0, 255))
def build(folder, device, dtype, **_):
    return M()
"""


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("none", "None", "expected a number from none, found None"),
        ("word", "'good'", "expected a number from word, found a str"),
        ("inf", "np.inf", "inf is inf, which is no score"),
        ("high", "256.5", "high is 256.5, out of its range, 0 to 255"),
        ("typo", "picture.maen()", "typo failed: AttributeError"),
    ],
)
def test_a_metric(space: Path, capsys: pytest.CaptureFixture[str], name: str, wrong: str, told: str) -> None:
    blur_all(space, "real", {"full": 4, "text": 9})
    flags = _plugin(space, METRIC, name=name, wrong=wrong)
    assert evaluate.main([*flags, "--target", "real", "--metrics", name]) == 1
    scores = read_scores(space / "Result/real/scores.csv").scores
    lost = {(score.name, score.mode): score.status for score in scores if not score.values}
    assert lost.keys() == {(f"{SQUARE}.png", "full"), (f"{SQUARE}.png", "text")}
    assert all(status.startswith(f"unscored: {told}") for status in lost.values())
    assert len(scores) == 2 * len(PHOTOS)
    out = capsys.readouterr()
    assert "8 of 10" in out.out
    assert SQUARE in out.out
    assert "Traceback" not in out.err


@pytest.mark.parametrize(
    ("name", "identity", "told"),
    [
        ("nameless", "None", "the identity of nameless failed: TypeError"),
        ("folder", "{{'at': __file__, 'of': np}}", "the identity of folder failed: TypeError"),
    ],
)
def test_a_metric_whose_scores_could_not_be_kept_ends_at_once(
    space: Path, capsys: pytest.CaptureFixture[str], name: str, identity: str, told: str
) -> None:
    blur_all(space, "real", {"full": 4})
    text = METRIC.replace('{{"metric": "{name}"}}', identity)
    flags = _plugin(space, text, name=name, wrong="0")
    assert evaluate.main([*flags, "--target", "real", "--metrics", name]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert told in line


def test_a_metric_that_fails_at_every_picture_leaves_a_table_without_means(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MS-SSIM has five scales, and these pictures are too small for three."""
    blur_all(space, "real", {"full": 4})
    assert evaluate.main(["--root", str(space), "--target", "real", "--metrics", "psnr", "ms_ssim"]) == 1
    scores = read_scores(space / "Result/real/scores.csv").scores
    assert all(score.status.startswith("unscored: ms_ssim cannot score a picture of") for score in scores)
    assert "0 of 5" in capsys.readouterr().out


SET_METRIC = """
import numpy as np
from cmc.metrics.base import SetMetric
from cmc.registry import METRICS

class S(SetMetric):
    identity = {{"metric": "{name}"}}
    def features(self, pictures):
        if pictures[0].shape[0] == pictures[0].shape[1]:
            {wrong}
        return np.stack([picture.mean((0, 1)) for picture in pictures])
    def distances(self, gt, decoded):
        return {{"{name}": float(np.abs(gt.mean(0) - decoded.mean(0)).sum())}}

@METRICS.register("{name}", full_reference=True, higher_is_better=False, of_sets=True, range=(0, None))
def build(folder, device):
    return S()
"""


def test_a_metric_of_folders(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blur_all(space, "real", {"full": 4})
    for name, wrong, code in (("gap", "pass", 0), ("cracked", "pictures[0].colour", 2)):
        flags = _plugin(space, SET_METRIC, name=name, wrong=wrong)
        assert evaluate.main([*flags, "--target", "real", "--metrics", "psnr", name]) == code
    line = capsys.readouterr().err
    assert "error: cracked failed: AttributeError" in line
    assert f"at {SQUARE}.png; mend it, or leave cracked out of --metrics" in line


CODEC = """
from PIL import Image
from cmc.codecs.base import Codec
from cmc.registry import CODECS

class C(Codec):
    def encode(self, image):
        square = image.width == image.height
        return {encode} if square else image.tobytes()
    def decode(self, stream, size):
        square = size[0] == size[1]
        return {decode} if square else Image.frombytes("RGB", size, stream)

@CODECS.register("{name}", suffix=".raw", qp=(0, 1))
def build(qp=0, **_):
    return C()
"""
SOUND = {"encode": "image.tobytes()", "decode": "Image.frombytes('RGB', size, stream)"}


@pytest.mark.parametrize(
    ("name", "parts", "told"),
    [
        ("empty", {"encode": "b''"}, "expected bytes from the codec, found none"),
        ("ints", {"encode": "list(image.tobytes())"}, "expected bytes from the codec, found a list"),
        ("lossy", {"encode": "image.tobytes()[:-1]"}, "failed: ValueError: not enough image data"),
        ("larger", {"decode": "Image.new('RGB', (97, 96))"}, "expected a picture of 96x96 from the codec, found 97x96"),
        ("grey", {"decode": "Image.new('L', size)"}, "found one of mode L"),
        ("broken", {"decode": "self.table[0]"}, "AttributeError: 'C' object has no attribute 'table'"),
    ],
)
def test_a_codec(space: Path, capsys: pytest.CaptureFixture[str], name: str, parts: dict[str, str], told: str) -> None:
    flags = _plugin(space, CODEC, name=name, **SOUND | parts)
    assert codec.main([*flags, "--codec", name, "--qp", "1", "--workers", "2"]) == 1
    folder = space / "Result" / f"{name}-qp1" / "image"
    assert sorted(path.stem for path in folder.glob("*.png")) == OTHERS
    assert sorted(path.stem for path in (folder / "streams").glob("*.raw")) == OTHERS
    assert told in read_failures(folder / "failed.csv")[SQUARE]
    assert reference.main([*flags, "--codec", name, "--qp", "1", "--kind", "image"]) == 1
    assert sorted(path.stem for path in (space / "Ref" / "image").glob("*.png")) == OTHERS
    out = capsys.readouterr()
    assert told in out.out
    assert "Traceback" not in out.err


@pytest.mark.parametrize("kind", ["decoder", "codec"])
def test_a_factory_that_fails_is_one_line(space: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    if kind == "decoder":
        text = DECODER.replace("return D()", "return torch.load('x')")
        command = t2i.main, ["--model_name", "lost-decoder", "--input_path", "test", "--mode", "text"]
    else:
        text = CODEC.replace("return C()", "return None")
        command = codec.main, ["--codec", "lost-codec", "--qp", "0"]
    flags = _plugin(space, text, name=f"lost-{kind}", wrong="pass", **SOUND)
    assert command[0]([*flags, *command[1]]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"building lost-{kind}" in error


def test_a_damaged_reference_in_a_stream_fails_that_file(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A codec's own error, whatever its kind, while streams are unpacked in threads."""
    arguments = ["--root", str(space)]
    assert reference.main([*arguments, "--codec", "webp", "--qp", "20"]) == 0
    assert pack.main([*arguments, "--codec", "webp", "--mode", "image"]) == 0
    other = space / "other"
    other.mkdir()
    from cmc.core.modes import MODES
    from cmc.stream.container import pack as pack_stream
    from cmc.stream.stream import Stream

    bad = pack_stream(Stream(MODES["image"], (96, 96), "", codec="webp", picture=b"\x9d\x01\x2a" * 9))
    (space / "Stream" / "image" / f"{SQUARE}.cmc").write_bytes(bad)
    assert unpack.main([str(space / "Stream"), "--root", str(other), "--workers", "3", "--allow_partial"]) == 1
    assert sorted(path.stem for path in (other / "Ref" / "image").glob("*.png")) == OTHERS
    out = capsys.readouterr()
    assert SQUARE in out.out + out.err
    assert "Traceback" not in out.err
