import pytest
import torch
from torch import nn

from cmc.core.errors import CMCError
from cmc.weights.strict import check_checkpoint, compare, from_loading_info

WANTED = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).state_dict()


def test_what_fits_is_no_fault() -> None:
    check_checkpoint("a.pth", compare(WANTED, dict(WANTED)))


def test_every_fault_is_counted_and_named_in_one_line() -> None:
    state = {name: value for name, value in WANTED.items() if not name.startswith("1.")}
    state |= {"0.weight": torch.zeros(2, 2), "stray": torch.zeros(1)}
    with pytest.raises(CMCError) as caught:
        check_checkpoint("a.pth", compare(WANTED, state))
    assert "(5 missing: 1.weight, 1.bias, 1.running_mean and 2 more; 1 unknown: stray; " in str(caught.value)
    assert "1 of another shape: 0.weight)" in str(caught.value)
    assert "a.pth" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_tensor_is_missing_and_unknown() -> None:
    misfits = compare(WANTED, WANTED | {"0.bias": 3.0})
    assert (misfits.missing, misfits.unknown, misfits.misshapen) == (["0.bias"], ["0.bias"], [])


def test_tables_that_networks_compute_may_be_there_or_not() -> None:
    table = {"text_model.embeddings.position_ids": torch.arange(3), "layers.0.rotary_emb.inv_freq": torch.ones(2)}
    check_checkpoint("a.pth", compare(WANTED, WANTED | table))
    assert compare(WANTED | table, WANTED).missing == list(table)


def test_what_libraries_say_is_told_alike() -> None:
    info = {
        "missing_keys": {"b", "a"},
        "unexpected_keys": ["stray", "position_ids"],
        "mismatched_keys": [("c", torch.Size([1]), torch.Size([2])), "d"],
    }
    with pytest.raises(CMCError, match=r"\(2 missing: a, b; 1 unknown: stray; 2 of another shape: c, d\)"):
        check_checkpoint("folder", from_loading_info(info))
    check_checkpoint("folder", from_loading_info({"missing_keys": [], "error_msgs": []}))
