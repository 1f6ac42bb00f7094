import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from cmc.core.errors import CMCError
from cmc.weights.reader import ABOUT, read_document, unwrap

TENSORS = {"a": torch.arange(3.0), "b": torch.ones(2, 2)}


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin"])
def test_torch_files_are_read_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    torch.save({"state_dict": TENSORS, "epoch": 3}, path)
    for document in (read_document(path), read_document(path, path.read_bytes())):
        assert document["epoch"] == 3
        assert all(torch.equal(document["state_dict"][name], value) for name, value in TENSORS.items())


def test_safetensors_bring_the_fields_of_their_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(save(TENSORS, {ABOUT: json.dumps({"inter_dim": 7})}))
    for document in (read_document(path), read_document(path, path.read_bytes())):
        assert document["inter_dim"] == 7
        assert all(torch.equal(document["params"][name], value) for name, value in TENSORS.items())
    save_file(TENSORS, path)
    assert read_document(path).keys() == {"params"}


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"\xff" * 100])
def test_rubbish_is_one_line_with_the_file_and_its_size(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CMCError, match=rf"{name} cannot be read: .*\({len(content)} bytes\)") as caught:
        read_document(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"a\.pth is missing"):
        read_document(tmp_path / "a.pth")


def test_wrappers_come_off_and_so_does_the_prefix_of_parallel_training() -> None:
    inner = {"module.a": 1, "module.b": 2}
    assert unwrap({"state_dict": {"params": inner}, "epoch": 3}, ("state_dict", "params")) == {"a": 1, "b": 2}
    both = {"params": {"a": 1}, "params_ema": {"a": 2}}
    assert unwrap(both, ("params", "params_ema")) == {"a": 1}
    assert unwrap(both, ("params_ema", "params")) == {"a": 2}
    assert unwrap({"a": 1, "params": 5}, ("params",)) == {"a": 1, "params": 5}
