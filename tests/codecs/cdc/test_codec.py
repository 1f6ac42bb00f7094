"""CDC as codecs: pictures of any size to bytes and back, by checkpoints in the released layout."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.cdc.checkpoint import RELEASES
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from tests.codecs.cdc import save
from tests.conftest import photo

GOLDEN = {"cdc-x": "cdc_x", "cdc-eps": "cdc_eps"}
DECODE = """
import sys
from pathlib import Path
from cmc.registry import CODECS
name, checkpoint, stream, picture = sys.argv[1:]
CODECS.get(name).create(checkpoint=checkpoint).decode(Path(stream).read_bytes(), (60, 51)).save(picture)
"""


def _codec(path: Path, name: str) -> Codec:
    return CODECS.get(name).create(checkpoint=str(save(path, GOLDEN[name])))


@pytest.mark.parametrize("name", GOLDEN)
def test_another_process_decodes_the_same_picture(name: str, tmp_path: Path) -> None:
    image = photo("coffee.png").resize((60, 51))
    coded = _codec(tmp_path / "a.pt", name).code(image)
    (tmp_path / "stream").write_bytes(coded.stream)
    files = [str(tmp_path / file) for file in ("a.pt", "stream", "b.png")]
    subprocess.run([sys.executable, "-c", DECODE, name, *files], check=True)
    assert Image.open(tmp_path / "b.png").tobytes() == coded.picture.tobytes()


def test_pictures_and_their_streams_differ(tmp_path: Path) -> None:
    codec = _codec(tmp_path / "a.pt", "cdc-x")
    one, other = (codec.code(photo(name).resize((61, 64))) for name in ("coffee.png", "chelsea.png"))
    assert one.stream != other.stream
    assert one.picture.tobytes() != other.picture.tobytes()
    assert one.picture.size == (61, 64)


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_stated_of_sampling_is_what_is_done(name: str) -> None:
    sampler, standard = RELEASES[name].sampler, CODECS.get(name).facts.standard
    assert f"{sampler.steps} steps" in standard
    assert ("x-prediction" in standard) is (sampler.predicts == "x0")


def test_weights_are_told_apart(tmp_path: Path) -> None:
    one, same, other = (
        _codec(tmp_path / file, name) for file, name in (("a.pt", "cdc-x"), ("b.pt", "cdc-x"), ("c.pt", "cdc-eps"))
    )
    assert one.weights == same.weights
    assert one.weights != other.weights
    assert len(one.weights) == 4


def test_without_a_checkpoint_it_is_said_where_they_are() -> None:
    with pytest.raises(CMCError, match=r"cdc-x comes without weights.*rhyang/CDC_params.*--model_dir"):
        CODECS.get("cdc-x").create(qp=1)


def test_a_folder_of_released_files_has_one_a_qp(tmp_path: Path) -> None:
    save(tmp_path / "image-l2-use_weight5-vimeo-d64-t8193-b0.0128-x-cosine-01-float32-aux0.0_2.pt", "cdc_x")
    entry = CODECS.get("cdc-x")
    assert entry.create(qp=4, checkpoint=str(tmp_path)).weights == _codec(tmp_path / "a.pt", "cdc-x").weights
    with pytest.raises(CMCError, match=r"expected one \*-b0\.2048-\*\.pt, of qp 1, found 0"):
        entry.create(qp=1, checkpoint=str(tmp_path))
