"""The demo of codecs over one diffusion model: its commands; `make` nothing here, for it takes minutes."""

import importlib
from argparse import Namespace
from pathlib import Path

import pytest

from cmc.cli.demo import build_parser, run
from cmc.cli.demo_codecs import CAPTIONED, COUNT, LATENT, LEVELS, VVC, commands
from cmc.core.errors import CMCError
from cmc.registry import CODECS
from cmc.scenes.tiny_models import TINY
from cmc.stages.run_codec import Quality


def test_its_commands_can_be_parsed_and_score_what_they_made() -> None:
    parsed: dict[str, list[Namespace]] = {}
    for tool, *words in commands(COUNT, TINY):
        args = importlib.import_module(f"cmc.cli.{tool}").build_parser().parse_args(words)
        parsed.setdefault(tool, []).append(args)
    codecs = parsed["codec"]
    made = {f"{args.result_name or args.codec}-{Quality(qp).name}" for args in codecs for qp in args.qp}
    (evaluate,), (compare,) = parsed["evaluate"], parsed["compare"]
    assert set(evaluate.target) == set(compare.target) == made | {"tiny"}
    # The question is about one model, by names that make one curve each.
    (decoder,) = parsed["t2i"]
    diffc = {args.result_name: (args.model_dir, args.captions) for args in codecs if args.codec == "diffc"}
    assert diffc == {LATENT: (decoder.model_dir, ""), CAPTIONED: (decoder.model_dir, decoder.input_path)}


@pytest.mark.parametrize(("codec", "qualities"), [("vvc", VVC), ("diffc", LEVELS)])
def test_its_curves_have_the_points_of_a_bd_rate_coarsest_first(codec: str, qualities: tuple[int, ...]) -> None:
    coarse, fine = CODECS.get(codec).facts.qp
    assert len(qualities) >= 4
    assert coarse >= qualities[0] > qualities[-1] >= fine
    assert sorted(qualities, reverse=True) == list(qualities)


@pytest.mark.parametrize("other", ["--misc", "--rate", "--photos", "--study"])
def test_it_is_a_demo_of_its_own(other: str, tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="draw scenes, each for a demo of its own"):
        run(build_parser().parse_args(["--codecs", other, "--root", str(tmp_path / "none")]))
    assert not (tmp_path / "none").exists()
