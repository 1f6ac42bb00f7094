"""Learned codecs as references: from the ground truth to streams, and back with the same weights alone."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from cmc.cli.inspect import main as inspect
from cmc.cli.pack import main as pack
from cmc.cli.reference import main as reference
from cmc.cli.unpack import main as unpack
from cmc.stream.container import unpack as read
from tests.codecs.test_learned import tiny_state
from tests.conftest import PHOTOS
from tests.tables import read as rows

CODEC = ["--codec", "cheng2020-attn"]
LIMIT = ["--limit", "2"]
KEYS = sorted(PHOTOS)[:2]


def _save(path: Path, seed: int) -> Path:
    torch.save({"network": tiny_state("cheng2020-attn", seed)}, path)
    return path


@pytest.fixture
def ready(space: Path) -> Path:
    """A root whose references are of a learned codec."""
    checkpoint = _save(space / "cheng_small.pth", 0)
    made = ["--root", str(space), "--kind", "image", *CODEC, "--qp", "1", *LIMIT]
    assert reference([*made, "--model_dir", str(checkpoint)]) == 0
    return space


def _pack(root: Path, *more: str) -> int:
    return pack(
        ["--root", str(root), "--input_path", "test", "--mode", "image", *CODEC, *LIMIT, "--allow_partial", *more]
    )


def test_from_pictures_to_streams_and_back(
    ready: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path_factory.mktemp("out")
    table = {row["name"]: row for row in rows(ready / "Ref/image/streams.csv")}
    assert list(table) == KEYS
    assert _pack(ready) == 0
    for key in KEYS:
        content = (ready / f"Ref/image/{key}.lic").read_bytes()
        stream = read((ready / f"Stream/image/{key}.cmc").read_bytes())
        assert stream.picture == content
        assert len(content) == int(table[key]["bytes"])
        assert (ready / f"Stream/image/{key}.cmc").stat().st_size == 8 + 4 + len(content)
    weights = stream.weights.hex()
    assert json.loads((ready / "Ref/image/run.json").read_text())["loaded"]["revision"] == f"weights:{weights}"
    assert inspect([str(ready / f"Stream/image/{key}.cmc")]) == 0
    assert f"with weights {weights}" in capsys.readouterr().out
    arguments = [str(ready / "Stream"), "--root", str(out), "--model_dir", str(ready / "cheng_small.pth")]
    assert unpack(arguments) == 0
    for key in KEYS:
        first, second = (Image.open(root / f"Ref/image/{key}.png") for root in (ready, out))
        assert first.tobytes() == second.tobytes()


def test_other_weights_are_refused_by_what_tells_them(
    ready: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    other, out = _save(ready / "other.pth", 1), tmp_path_factory.mktemp("out")
    assert _pack(ready, "--model_dir", str(other)) == 2
    assert "the references were made with weights" in capsys.readouterr().err
    assert _pack(ready) == 0
    assert unpack([str(ready / "Stream"), "--root", str(out), "--model_dir", str(other)]) == 2
    said = capsys.readouterr().err
    assert "the stream was made with weights" in said
    assert "by --model_dir" in said
    made = ["--root", str(ready), "--kind", "image", *CODEC, "--qp", "1", *LIMIT]
    assert reference([*made, "--model_dir", str(other)]) == 2
    assert "revision" in capsys.readouterr().err
    # The same weights by another name are the same.
    same = shutil.copy(ready / "cheng_small.pth", ready / "same.pth")
    assert reference([*made, "--model_dir", str(same)]) == 0
    assert _pack(ready, "--model_dir", str(same)) == 0
