"""Options that only some decoders have, and strengths that some do not."""

import json
from pathlib import Path

import pytest
import torch
from diffusers import MotionAdapter

from cmc.cli import t2i
from cmc.cli.t2i_flags import build_parser
from cmc.cli.t2i_settings import settings_of
from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.registry import T2I
from tests import tiny_t2i


@pytest.mark.parametrize("name", ["instructpix", "diffbir", "misc", "pasd", "stablesr"])
def test_a_strength_is_refused_where_there_is_none(space: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    command = ["--root", str(space), "--model_name", name, "--strength", "0.4"]
    assert t2i.main(command) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: --strength: ")
    assert ("image_guidance_scale" in said) == (name == "instructpix")


def test_another_models_option_is_refused(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert t2i.main(["--root", str(space), "--model_name", "stablesr", "--frames", "16"]) == 2
    said = capsys.readouterr().err
    assert "--frames is no option of stablesr, it has --variant, --fidelity; leave it out" in said


def test_restorers_say_that_they_have_no_other_mode(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert t2i.main(["--root", str(space), "--model_name", "pasd", "--mode", "text"]) == 2
    assert "pasd has no text mode; it has full, image" in capsys.readouterr().err


def test_frames_stand_in_the_run_file(space: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("animate")
    torch.manual_seed(0)
    MotionAdapter(
        block_out_channels=(32, 64), motion_layers_per_block=1, motion_norm_num_groups=8, motion_num_attention_heads=4
    ).save_pretrained(folder / "motion")
    sd = str(tiny_t2i.sd(folder / "sd"))
    command = ["--root", str(space), "--model_name", "animate", "--model_dir", sd, "--mode", "text"]
    command += [
        "--input_path",
        "test",
        "--limit",
        "1",
        "--motion_adapter",
        str(folder / "motion"),
        "--frames",
        "3",
        "--frame",
        "1",
        "--steps",
        "2",
    ]
    assert t2i.main([*command, "--max_side", "64", "--device", "cpu"]) == 0
    told = json.loads((space / "Result" / "animate" / "text" / "run.json").read_text())
    assert told["settings"]["options"] == {"frame": 1, "frames": 3, "motion_adapter": str(folder / "motion")}
    assert told["loaded"]["frames"] == 3


@pytest.mark.parametrize(
    ("base", "model_dir", "checkpoint"),
    [
        ((), "", "{root}/Weight/diffbir"),
        (("--base", "diffbir"), "", "{root}/Weight/diffbir"),
        (("--base", "diffbir"), "elsewhere", "elsewhere"),
        (("--base", "sd15"), "", T2I.get("sd15").facts.checkpoint),
        (("--base", "a/folder"), "", "a/folder"),
    ],
)
def test_the_checkpoint_is_what_is_loaded(
    tmp_path: Path, base: tuple[str, ...], model_dir: str, checkpoint: str
) -> None:
    args = build_parser().parse_args(["--root", str(tmp_path), "--model_name", "misc", "--model_dir", model_dir, *base])
    assert settings_of(args, Workspace(tmp_path)).checkpoint == checkpoint.format(root=tmp_path)


def test_two_names_of_what_is_loaded_are_refused(tmp_path: Path) -> None:
    args = build_parser().parse_args(["--model_name", "misc", "--model_dir", "here", "--base", "sd15"])
    with pytest.raises(CMCError, match="--model_dir and --base sd15 both name what misc loads"):
        settings_of(args, Workspace(tmp_path))
