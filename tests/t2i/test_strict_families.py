"""Every weight in its place, in every family: one missing and one too many are named, tied ones are not missed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cmc.core.errors import CMCError
from cmc.weights.diffusers_folder import load_components
from tests.families import MAKERS, load

DENOISERS = {family: "unet" if family == "kolors" else "transformer" for family in MAKERS}
# The text encoder that reads furthest.
READERS = dict.fromkeys(MAKERS, "text_encoder") | {
    "flux": "text_encoder_2",
    "flux_kontext": "text_encoder_2",
    "sd3": "text_encoder_3",
}
# What a file may leave out since it is another weight by another name.
TIED = {
    "flux": "encoder.embed_tokens.weight",
    "flux_kontext": "encoder.embed_tokens.weight",
    "flux2": "lm_head.weight",
    "flux2_klein": "lm_head.weight",
    "pixart_sigma": "encoder.embed_tokens.weight",
    "sd3": "encoder.embed_tokens.weight",
}


def weights_of(folder: Path, part: str) -> Path:
    return next((folder / part).glob("*.safetensors"))


@pytest.mark.parametrize("family", MAKERS)
@pytest.mark.parametrize("parts", [DENOISERS, READERS], ids=["denoiser", "text encoder"])
def test_a_weight_missing_and_one_too_many_are_refused_by_name(
    parts: dict[str, str], family: str, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, part = shutil.copytree(tiny(family), tmp_path / "copy"), parts[family]
    file = weights_of(folder, part)
    state = load_file(file)
    taken = min(name for name in state if "layer" in name or "block" in name)  # tied to no other
    moved = state.pop(taken)
    save_file(state | {"stranger.weight": moved}, file, metadata={"format": "pt"})
    with pytest.raises(CMCError, match=r"1 missing: .*; 1 unknown: stranger\.weight") as refusal:
        load(folder)
    assert f"/{part} are not" in str(refusal.value)
    # Libraries may call what stands before its layer by another name.
    assert ".".join(taken.split(".")[-3:]) in str(refusal.value)


@pytest.mark.parametrize("family", TIED)
def test_a_weight_that_is_another_by_a_second_name_is_not_missed(family: str, tiny: Callable[[str], Path]) -> None:
    folder = tiny(family)
    assert TIED[family] not in load_file(weights_of(folder, READERS[family]))
    reader = load_components(folder, torch.float32, set())[0][READERS[family]]
    assert TIED[family] in reader.state_dict()
    load(folder)
