"""AnimateDiff on a tiny checkpoint."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import MotionAdapter

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.t2i.base import Decoder, Request, Sampling
from tests.conftest import photo
from tests.tiny_t2i import LONG, without_length


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("adapter")
    MotionAdapter(
        block_out_channels=(32, 64), motion_layers_per_block=1, motion_norm_num_groups=8, motion_num_attention_heads=4
    ).save_pretrained(folder)
    return folder


def make(sd: Path, adapter: Path, **options: int) -> Decoder:
    device = torch.device("cpu")
    return T2I.get("animate").create(str(sd), device, torch.float32, motion_adapter=str(adapter), **options)


def test_text_and_reference_become_a_frame(sd: Path, adapter: Path) -> None:
    decoder = make(sd, adapter)
    made = decoder.render([Request("a", "a cup", (64, 48), None, 1)], Sampling("text", 1.0, steps=2))
    assert made[0].pixels.shape == (48, 64, 3)
    asked = Request("a", "a cup", (64, 48), photo("coffee.png").resize((64, 48)), 1)
    weak, strong = (decoder.render([asked], Sampling("full", one, steps=4))[0].pixels for one in (0.3, 1.0))
    assert weak.shape == (48, 64, 3)
    assert np.isfinite(weak).all()
    assert np.abs(weak - strong).max() > 1e-3


def test_frames_are_an_option_that_is_told(sd: Path, adapter: Path) -> None:
    asked = Request("a", "a cup", (64, 48), photo("coffee.png").resize((64, 48)), 1)
    sampling = Sampling("full", 0.5, steps=4)
    first, third = (make(sd, adapter, frames=4, frame=frame) for frame in (0, 2))
    assert {"frames": 4, "frame": 2}.items() <= third.describe().items()
    assert np.abs(first.render([asked], sampling)[0].pixels - third.render([asked], sampling)[0].pixels).max() > 1e-3
    with pytest.raises(CMCError, match="frame 4 is not in a video of 4"):
        make(sd, adapter, frames=4, frame=4)


def test_another_models_adapter_is_refused(sd: Path, tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="cannot be loaded"):
        make(sd, tmp_path)


def test_a_long_caption_is_cut_where_the_tokenizer_states_no_length(sd: Path, adapter: Path, tmp_path: Path) -> None:
    decoder = make(without_length(sd, tmp_path / "odd"), adapter)
    sampling = Sampling("text", 1.0, steps=2)
    decoder.check(sampling)
    assert decoder.tokens_over(LONG) == make(sd, adapter).tokens_over(LONG) > 0
    assert decoder.render([Request("a", LONG, (64, 48), None, 1)], sampling)[0].pixels.shape == (48, 64, 3)
    with pytest.raises(CMCError, match="--steps 2000: DDIMScheduler has 1000 steps in all"):
        decoder.check(Sampling("text", 1.0, steps=2000))
