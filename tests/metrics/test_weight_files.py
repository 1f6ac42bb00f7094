"""Weight files that are not what they should be: refused in one line, and nothing in them is run."""

import pickle
from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.tiny_topiq import BACKBONE


class Evil:
    """Unpickling this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def _without(state: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in state.items() if name != key}


def _named(state: dict[str, object]) -> dict[str, object]:
    return {"params": state, "semantic_model_name": BACKBONE}


# What a file may hold instead of `{"params": state}`; "h_emb" is the network's first key.
DOCUMENTS = {
    "list": lambda state: [1, 2],
    "misses a key": lambda state: _named(_without(state, "h_emb")),
    "key too many": lambda state: _named(state | {"extra.weight": torch.zeros(1)}),
    "shape": lambda state: _named(state | {"h_emb": torch.zeros(1, 2)}),
    "no tensor": lambda state: _named(state | {"h_emb": 3.0}),
    "other network": lambda state: {"params": torch.nn.Linear(2, 2).state_dict()},
}
CONTENTS = {
    "truncated": lambda weights, ran: (weights / "topiq-fr.pth").read_bytes()[:100_000],
    "web page": lambda weights, ran: b"<!DOCTYPE html><title>topiq-fr.pth</title>",
    "empty": lambda weights, ran: b"",
    "evil pickle": lambda weights, ran: pickle.dumps({"params": Evil(ran)}, protocol=2),
    "nr": lambda weights, ran: (weights / "topiq-nr.pth").read_bytes(),
}


def _spoil(kind: str, weights: Path, path: Path) -> None:
    state = torch.load(weights / "topiq-fr.pth", weights_only=True)["params"]
    if kind in CONTENTS:
        path.write_bytes(CONTENTS[kind](weights, path.parent / "ran"))
    elif kind in DOCUMENTS:
        torch.save(DOCUMENTS[kind](state), path)
    elif kind == "evil torch file":
        torch.save({"params": Evil(path.parent / "ran")}, path)
    else:
        torch.save({"params": state, "semantic_model_name": kind}, path)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("truncated", "damaged or holds more than weights"),
        ("web page", "damaged or holds more than weights"),
        ("empty", r"\(0 bytes\) is damaged"),
        ("evil pickle", r"nothing in it was run \(it asks for \S+, which is no weight\)"),
        ("evil torch file", "nothing in it was run"),
        ("list", "holds a list"),
        ("nr", "is no TOPIQ-FR .* missing: weight_pool"),
        ("misses a key", r"1 missing: h_emb"),
        ("key too many", r"1 unknown: extra\.weight"),
        ("shape", "1 of another shape: h_emb"),
        ("no tensor", "1 missing: h_emb; 1 unknown: h_emb"),
        ("other network", "2 unknown: weight, bias"),
        ("hf-hub:some/one", "names the backbone 'hf-hub:some/one'"),
        ("swin_base_patch4_window12_384", "names the backbone"),
        ("resnet34", "is no TOPIQ-FR with a resnet34 backbone"),
    ],
)
def test_other_files_are_refused_in_one_line(weights: Path, tmp_path: Path, kind: str, told: str) -> None:
    _spoil(kind, weights, tmp_path / "topiq-fr.pth")
    with pytest.raises(CMCError, match=told) as caught:
        METRICS.get("topiq_fr").create(tmp_path, torch.device("cpu"), torch.float32)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "topiq-fr.pth") in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_absent_weights_are_named_with_where_to_get_them(weights: Path, tmp_path: Path) -> None:
    both = [METRICS.get("topiq_fr"), METRICS.get("topiq_nr")]
    check_weights(weights, both)
    with pytest.raises(CMCError) as caught:
        check_weights(tmp_path, both)
    for told in (
        "topiq-fr.pth",
        "topiq-nr.pth",
        "nothing is fetched",
        "https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench",
    ):
        assert told in str(caught.value)
