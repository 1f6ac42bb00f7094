from dataclasses import replace
from pathlib import Path

import diffusers
import pytest
import torch

from cmc.core.modes import MODES
from cmc.registry import T2I
from cmc.stages.decode_settings import DecodeSettings
from cmc.t2i.checkpoints import CHECKPOINTS
from tests import tiny_families

# name: (steps, guidance, number format on a GPU) that its authors run it with
STATED = {
    "flux-dev": (50, 3.5, "bf16"),
    "flux-kontext": (28, 2.5, "bf16"),
    "flux-schnell": (4, 0.0, "bf16"),
    "flux2": (50, 4.0, "bf16"),
    "flux2-klein": (4, 1.0, "bf16"),
    "kolors": (50, 5.0, "fp16"),
    "pixart-sigma": (20, 4.5, "fp16"),
    "qwen-image": (50, 4.0, "bf16"),
    "qwen-image-edit": (50, 4.0, "bf16"),
    "qwen-image-edit-2509": (50, 4.0, "bf16"),
    "sana": (20, 4.5, "bf16"),
    "sd35-large": (28, 3.5, "bf16"),
    "sd35-medium": (40, 4.5, "bf16"),
    "sdxl-turbo": (4, 0.0, "fp16"),
    "z-image": (50, 4.0, "bf16"),
    "z-image-turbo": (8, 0.0, "bf16"),
}


@pytest.mark.parametrize("name", STATED)
def test_a_name_runs_as_its_authors_run_it_in_every_mode_it_has(name: str) -> None:
    facts = T2I.get(name).facts
    assert (facts.steps, facts.guidance, facts.half) == STATED[name]
    assert facts.billions
    assert facts.licence != "not stated"
    settings = DecodeSettings(T2I.get(name), "", 42, {})
    modes = settings.able_modes("all")
    settings.check(modes)
    for mode in modes:
        recorded = settings.record(mode, torch.float32, None, None)
        assert (recorded["steps"], recorded["guidance_scale"]) == STATED[name][:2]


def test_distilled_decoders_are_told_and_say_so_where_more_is_asked_for() -> None:
    distilled = {name for name in T2I.names() if T2I.get(name).facts.distilled}
    assert distilled == {"flux-schnell", "flux2-klein", "sdxl-lightning", "sdxl-turbo", "z-image-turbo"}
    schnell = DecodeSettings(T2I.get("flux-schnell"), "./a/copy", 42, {}, steps=2)
    assert schnell.remark() == ""
    assert schnell.record(MODES["text"], torch.float32, None, None)["distilled"] is True
    for more in ({"steps": 40}, {"guidance_scale": 3.5}):
        assert "is distilled to 4 steps and guidance 0" in replace(schnell, **more).remark()
    dev = DecodeSettings(T2I.get("flux-dev"), "", 42, {}, steps=100)
    assert dev.remark() == ""
    assert "distilled" not in dev.record(MODES["text"], torch.float32, None, None)


def test_those_of_the_paper_keep_the_pipelines_guidance() -> None:
    assert {name for name in CHECKPOINTS if T2I.get(name).facts.guidance is None} == set(CHECKPOINTS) - set(STATED)


def test_their_pipelines_are_diffusers_own() -> None:
    assert all(hasattr(diffusers, stated.pipeline) for stated in CHECKPOINTS.values())


def test_what_a_checkpoint_was_trained_with_goes_before_its_family(tmp_path: Path) -> None:
    folder, device = str(tiny_families.flux(tmp_path)), torch.device("cpu")
    dev, schnell, turbo = (
        T2I.get(name).create(folder, device, torch.float32) for name in ("flux-dev", "flux-schnell", "sdxl-turbo")
    )
    assert [decoder.tokens_over("x" * 511) for decoder in (dev, schnell)] == [1, 257]
    assert [decoder.max_side for decoder in (dev, schnell, turbo)] == [1024, 1024, 512]
