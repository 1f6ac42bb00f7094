from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

from cmc.cli.t2i import main
from cmc.core.errors import CMCError
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.limits import check_steps, cut_at_positions
from tests import tiny_ldm
from tests.tiny_t2i import LONG, without_length


@pytest.mark.parametrize("length", [None, 10**30, 512, -1])
def test_a_tokenizer_without_a_length_cuts_where_its_text_encoder_ends(
    sd: Path, tmp_path: Path, length: int | None
) -> None:
    odd = PipelineDecoder(str(without_length(sd, tmp_path / "odd", length)), torch.device("cpu"), torch.float32)
    plain = PipelineDecoder(str(sd), torch.device("cpu"), torch.float32)
    assert odd.tokens_over(LONG) == plain.tokens_over(LONG) > 0
    request = Request("p", LONG, (64, 48), None, 7)
    pictures = [decoder.render([request], Sampling("text", 1.0, 2))[0].pixels for decoder in (odd, plain)]
    assert np.array_equal(*pictures)


@pytest.mark.parametrize("part", ["tokenizer", "tokenizer_2"])
def test_so_does_each_of_two_tokenizers(sdxl: Path, tmp_path: Path, part: str) -> None:
    folder = without_length(sdxl, tmp_path / "odd", part=part)
    decoder = PipelineDecoder(str(folder), torch.device("cpu"), torch.float32)
    picture = decoder.render([Request("p", LONG, (64, 48), None, 7)], Sampling("text", 1.0, 2))[0]
    assert np.isfinite(picture.pixels).all()


def test_a_text_encoder_without_positions_is_left_alone() -> None:
    class Nothing:
        pass

    pipeline, pipeline.tokenizer, pipeline.text_encoder = Nothing(), Nothing(), Nothing()  # type: ignore[attr-defined]
    pipeline.tokenizer.model_max_length = 10**30  # type: ignore[attr-defined]
    cut_at_positions(pipeline)
    assert pipeline.tokenizer.model_max_length == 10**30  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("scheduler", "steps", "told"),
    [
        (EulerDiscreteScheduler(), 1001, "has 1000 steps in all; ask for as many at most"),
        (EulerDiscreteScheduler(num_train_timesteps=40), 41, "has 40 steps in all"),
        (PNDMScheduler(), 1, "--steps 1: PNDMScheduler failed: ValueError"),
        (LCMScheduler(), 60, "--steps 60: LCMScheduler failed: ValueError"),
        (UniPCMultistepScheduler(), 1000, "tells only 999 of them apart"),
        (DPMSolverMultistepScheduler(), 1000, "tells only 999 of them apart"),
    ],
)
def test_steps_that_a_schedule_cannot_run(scheduler: object, steps: int, told: str) -> None:
    with pytest.raises(CMCError, match=f"--steps {steps}") as stop:
        check_steps(scheduler, steps)
    assert told in str(stop.value)


def test_steps_that_it_can(sd: Path) -> None:
    for scheduler in (EulerDiscreteScheduler(), PNDMScheduler(skip_prk_steps=True), UniPCMultistepScheduler()):
        for steps in (1, 2, 40, 999):
            check_steps(scheduler, steps)
    check_steps(FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), 40)


@pytest.mark.parametrize("mode", ["text", "pixel"])
def test_too_many_steps_end_the_run_in_one_line(
    space: Path, sd: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    from cmc.cli import reference

    assert reference.main(["--root", str(space), "--kind", "pixel"]) == 0
    command = ["--root", str(space), "--model_name", "m", "--model_dir", str(sd), "--input_path", "test"]
    capsys.readouterr()
    assert main([*command, "--mode", mode, "--max_side", "64", "--steps", "1001"]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert "--steps 1001" in told[0]
    assert list((space / "Result" / "m" / mode).glob("*.png")) == []
    # The folder is free for a number that can be run.
    assert main([*command, "--mode", mode, "--max_side", "64", "--steps", "2"]) == 0


def test_restorers_know_their_schedules(tmp_path: Path) -> None:
    from cmc.registry import T2I

    decoder = T2I.get("stablesr").create(
        str(tiny_ldm.stablesr(tmp_path)), torch.device("cpu"), torch.float32, head_width=8
    )
    decoder.check(Sampling("full", 1.0, 1000))
    with pytest.raises(CMCError, match="--steps 1001: DDPMScheduler has 1000 steps in all"):
        decoder.check(Sampling("full", 1.0, 1001))
