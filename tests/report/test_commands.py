import importlib
import shlex
from pathlib import Path

import pytest

from cmc.cli import codec, evaluate, t2i
from cmc.report.commands import CommandSetup, codec_command, decode_command, run_command, score_command
from tests.scored import run

CAPTIONS = "Text/Qwen LMM.csv"
SETUP = CommandSetup(Path("my root"), {"b" * 12: Path("tiny/Weight")})


@pytest.mark.parametrize("mode", ["full", "image", "pixel", "text"])
def test_a_command_parses_to_the_settings_that_it_was_made_of(mode: str) -> None:
    settings = run(mode, CAPTIONS)["settings"]
    assert isinstance(settings, dict)
    words = shlex.split(decode_command("my result", settings, SETUP))
    args = t2i.build_parser().parse_args(words[4:])
    assert words[:4] == ["python", "-m", "cmc", "t2i"]
    assert args.root == Path("my root")
    assert (args.mode, args.model_name, args.result_name) == (mode, "sdxl", "my result")
    assert (args.model_dir, args.strength) == (settings["checkpoint"], settings["strength"])
    assert (args.steps, args.seed, args.dtype, args.guidance_scale) == (40, 42, "fp16", None)
    assert args.input_path == ("" if mode == "image" else "my root/Text/Qwen LMM.csv")
    assert args.ref_dir is None


def test_captions_and_references_from_elsewhere_are_named_as_they_lie() -> None:
    settings = {"model": "real", "captions": "/far/away.csv", "references": "Ref-qp40", "safety_checker": True}
    assert decode_command("real", settings, CommandSetup(Path("r"))) == (
        "python -m cmc t2i --root r --model_name real --safety_checker --input_path /far/away.csv --ref_dir r/Ref-qp40"
    )


def test_scoring() -> None:
    made = score_command("a b", {"fr_order": "standard", "dtype": "torch.bfloat16", "limit": "3"}, CommandSetup())
    assert made == "python -m cmc evaluate --target 'a b' --fr_order standard --dtype bf16 --limit 3"
    made = score_command("a", {"metrics": "paper psnr", "compiled": "True", "fr_weights": "b" * 12}, SETUP)
    args = evaluate.build_parser().parse_args(shlex.split(made)[4:])
    assert (args.root, args.model_weight) == (Path("my root"), Path("tiny/Weight"))
    assert (args.metrics, args.compile, args.limit) == (["paper", "psnr"], True, None)


@pytest.mark.parametrize(("target", "name"), [("webp-qp5", None), ("mine-qp5", "mine")])
def test_a_codecs_command_makes_its_result_again(target: str, name: str | None) -> None:
    settings = {"model": "webp", "codec": "webp", "mode": "image", "qp": 5, "bpp": None, "checkpoint": None}
    args = codec.build_parser().parse_args(shlex.split(codec_command(target, settings, SETUP))[4:])
    assert (args.codec, args.qp, args.root, args.result_name) == ("webp", [5], Path("my root"), name)


def test_an_imported_results_command_makes_it_again() -> None:
    settings = {"model": "imported", "mode": "full", "stated_by": "A. Author", "unit": "bits", "captions": None}
    where = {"pictures": "their pictures", "table": "/far/bits.csv"}
    words = shlex.split(run_command("paper", settings | where, SETUP))
    args = importlib.import_module("cmc.cli.import").build_parser().parse_args(words[4:])
    assert (args.pictures, args.bits) == (Path("my root/their pictures"), Path("/far/bits.csv"))
    assert (args.root, args.name, args.mode, args.stated_by) == (Path("my root"), "paper", "full", "A. Author")
    plain = {"mode": "image", "stated_by": None, "pictures": "x", "table": None}
    assert run_command("paper", plain, CommandSetup()) == "python -m cmc import x --name paper --mode image"


def test_a_models_own_options_are_printed_as_flags() -> None:
    line = decode_command("x", {"model": "x", "options": {"fidelity": 0.5, "fast": True, "slow": False}}, SETUP)
    assert line.endswith("--model_name x --fidelity 0.5 --fast")
