"""Checkpoints of learned codecs: read whatever is around them, strictly; and told from others by 4 bytes."""

from pathlib import Path

import pytest
import torch

from cmc.codecs.base import Codec
from cmc.codecs.learned import weights_digest
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from tests.codecs.test_learned import tiny_state
from tests.conftest import photo

NAME = "cheng2020-attn"


def _load(path: Path, document: object) -> Codec:
    torch.save(document, path)
    return CODECS.get(NAME).create(checkpoint=str(path))


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("wrapper", ["network", "state_dict", "model_state_dict", ""])
def test_misc_s_checkpoints_are_read_whatever_wraps_them(tmp_path: Path, wrapper: str, prefix: str) -> None:
    state = {prefix + name: value for name, value in tiny_state(NAME).items()}
    codec = _load(tmp_path / "a.pth", {"epoch": 3, wrapper: state} if wrapper else state)
    assert codec.weights == _load(tmp_path / "plain.pth", tiny_state(NAME)).weights
    assert len(codec.weights) == 4
    image = photo("coffee.png").resize((70, 40))
    assert codec.decode(codec.encode(image), image.size).size == image.size


@pytest.mark.parametrize(
    ("lost", "more"), [("g_s.0.conv_b.0.conv.0.weight", ""), ("h_a.0.bias", ""), ("", "extra.weight")]
)
def test_every_key_must_match(tmp_path: Path, lost: str, more: str) -> None:
    state = tiny_state(NAME)
    state.pop(lost, None)
    if more:
        state[more] = torch.zeros(1)
    with pytest.raises(CMCError, match=f"expected weights of {NAME}"):
        _load(tmp_path / "a.pth", {"network": state})


def test_another_model_s_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=f"expected weights of {NAME}"):
        _load(tmp_path / "a.pth", {"network": tiny_state("cheng2020-anchor")})


def test_weights_are_told_by_every_value_shape_and_name_and_not_by_their_order() -> None:
    state = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.int32)}
    known = weights_digest(state)
    assert known == weights_digest(dict(reversed(state.items())))
    assert known != weights_digest(state | {"a": state["a"].reshape(3, 2)})
    assert known != weights_digest(state | {"b": state["b"].float().view(torch.int32)})
    assert known != weights_digest({"c": state["a"], "b": state["b"]})
    nearly = state["a"].clone()
    nearly[1, 2] += 1e-6
    assert known != weights_digest(state | {"a": nearly})


def test_a_codec_without_weights_says_none() -> None:
    assert CODECS.get("webp").create().weights == b""
