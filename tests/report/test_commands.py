import shlex
from pathlib import Path

import pytest

from cmc.cli import evaluate, t2i
from cmc.report.commands import decode_command, score_command
from tests.scored import run

SHA = "a" * 64


@pytest.mark.parametrize("mode", ["full", "image", "pixel", "text"])
def test_a_command_parses_to_the_settings_that_it_was_made_of(mode: str) -> None:
    settings = run(mode, SHA)["settings"]
    assert isinstance(settings, dict)
    words = shlex.split(decode_command("my result", settings, {SHA: Path("Text/Qwen LMM.csv")}))
    args = t2i.build_parser().parse_args(words[2:])
    assert words[:2] == ["python", "script-t2i.py"]
    assert (args.mode, args.model_name, args.result_name) == (mode, "sdxl", "my result")
    assert (args.model_dir, args.strength) == (settings["checkpoint"], settings["strength"])
    assert (args.steps, args.seed, args.dtype, args.guidance_scale) == (40, 42, "fp16", None)
    assert args.input_path == ("" if mode == "image" else "Text/Qwen LMM.csv")


def test_a_caption_file_that_is_gone_is_named_by_its_hash() -> None:
    settings = {"model": "real", "captions_sha256": SHA, "safety_checker": True}
    assert decode_command("real", settings, {}) == (
        f"python script-t2i.py --model_name real --safety_checker --input_path sha256:{SHA}"
    )


def test_scoring() -> None:
    made = score_command("a b", {"fr_order": "standard", "dtype": "torch.bfloat16", "limit": "3"})
    assert made == "python script-evaluate.py --target 'a b' --fr_order standard --dtype bf16 --limit 3"
    made = score_command("a", {"metrics": "paper psnr", "compiled": "True"})
    args = evaluate.build_parser().parse_args(shlex.split(made)[2:])
    assert (args.metrics, args.compile, args.limit) == (["paper", "psnr"], True, None)
