"""StableSR's time-aware encoder against upstream's outputs."""

from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.t2i.restorers.stablesr_struct_encoder import build_struct_encoder
from cmc.weights.checkpoint import take_prefix
from tests.golden import golden

FILE = Path("stablesr.ckpt")


@torch.no_grad()
def test_struct_encoder() -> None:
    data = golden("stablesr_struct")
    net = build_struct_encoder(take_prefix(data.state, "structcond_stage_model.", FILE), FILE, data.config["num_heads"])
    features = net(data.inputs["lq_latent"], data.inputs["timesteps"])
    assert {f"width{width}" for width in features} == data.outputs.keys()
    for width, feature in features.items():
        data.check(f"width{width}", feature)


def test_a_cut_encoder_is_refused() -> None:
    state = take_prefix(golden("stablesr_struct").state, "structcond_stage_model.", FILE)
    del state["fea_tran.2.out_layers.3.bias"]
    with pytest.raises(CMCError, match=r"missing: fea_tran\.2\.conv2\.bias"):
        build_struct_encoder(state, FILE)
