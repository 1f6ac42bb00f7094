"""Options that make decoders faster or smaller, on tiny checkpoints."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._inductor import config as inductor

from cmc.core.errors import CMCError
from cmc.registry import T2I
from cmc.stages.decode_settings import UNNAMED_FAMILY
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.denoiser import denoiser_of
from cmc.t2i.families import with_family
from cmc.t2i.speed import SPEED_OPTIONS, Speed
from tests import tiny_families, tiny_text_families
from tests.conftest import photo

CPU = torch.device("cpu")
TEXT, FULL = Sampling("text", 1.0, 8), Sampling("full", 0.5, 16)
START = photo("coffee.png").resize((64, 48))


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_families.flux(tmp_path_factory.mktemp("flux"), blocks=3)


def load(folder: Path, **options: object) -> PipelineDecoder:
    return PipelineDecoder(str(folder), CPU, torch.float32, **options)


def pixels(decoder: PipelineDecoder, sampling: Sampling = TEXT, count: int = 1) -> np.ndarray:
    start = START if sampling is FULL else None
    requests = [Request(f"p{i}", f"a cup, number {i}", (64, 48), start, 7 + i) for i in range(count)]
    return np.stack([picture.pixels for picture in decoder.render(requests, sampling)])


def gap(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())


@pytest.mark.parametrize("name", ["real", "sd15", "flux-dev", "instructpix", "animate", "sana"])
def test_every_pipeline_of_diffusers_has_the_options(name: str) -> None:
    assert SPEED_OPTIONS.keys() <= T2I.get(name).facts.options.keys()


def test_so_has_a_checkpoint_without_a_name_and_no_restorer_has(flux: Path) -> None:
    mine = with_family(T2I.find("mine", "there", UNNAMED_FAMILY), str(flux))
    mine.check_options({"compile": True, "cache": "first-block"})
    with pytest.raises(CMCError, match="--compile is no option of diffbir"):
        T2I.get("diffbir").check_options({"compile": True})


def test_what_pictures_do_not_depend_on_is_not_recorded() -> None:
    given = {"offload": "model", "quantize": "int8", "tiling": True}
    assert T2I.get("sdxl").recorded(given) == {"quantize": "int8", "tiling": True}


# Whether the processor has vectors would be found out by compiling more.
@inductor.patch("cpp.vec_isa_ok", False)
def test_compiled_blocks_give_the_same_pictures(sd: Path) -> None:
    torch._dynamo.utils.counters.clear()
    decoder = load(sd, compile=True)
    assert torch._dynamo.config.recompile_limit >= 4096
    assert gap(pixels(decoder), pixels(load(sd))) <= 1 / 255
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0


def test_compiling_needs_a_compiler(sd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(CMCError, match="--compile needs a compiler, and there is no no-such-compiler"):
        load(sd, compile=True)


def quantised_by(name: str) -> object:
    package = {"int8": "torchao", "nf4": "bitsandbytes"}[name]
    lacking = importlib.util.find_spec(package) is None
    return pytest.param(name, marks=pytest.mark.skipif(lacking, reason=f"{package} is an extra"))


@pytest.mark.parametrize("name", [quantised_by("int8"), quantised_by("nf4")])
@pytest.mark.parametrize("family", ["sd", "flux"])
def test_a_quantised_denoiser_is_a_little_off(family: str, name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(family)
    exact, small = load(folder), load(folder, quantize=name)
    difference = np.abs(pixels(exact) - pixels(small))
    assert 0 < difference.mean() < {"int8": 0.01, "nf4": 0.1}[name]
    assert np.isfinite(pixels(small, FULL)).all()


def test_quantising_needs_its_package(sd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CMCError, match=r'--quantize int8 needs torchao: pip install "cmc\[quantize\]"'):
        load(sd, quantize="int8")


@pytest.mark.skipif(importlib.util.find_spec("torchao") is None, reason="torchao is an extra")
def test_fp8_needs_a_gpu_that_has_it(sd: Path) -> None:
    with pytest.raises(CMCError, match=r"fp8 needs a GPU of compute capability 8\.9 or more, found cpu; try int8"):
        load(sd, quantize="fp8")


@pytest.mark.parametrize("sampling", [TEXT, FULL], ids=["text", "full"])
def test_a_cache_leaves_out_steps_and_forgets_between_calls(flux: Path, sampling: Sampling) -> None:
    exact, cached = load(flux), load(flux, cache="first-block", cache_threshold=0.5)
    ran = count_last_blocks(cached)
    first = pixels(cached, sampling)
    assert 0 < len(ran) < 8
    assert 0 < np.abs(first - pixels(exact, sampling)).mean() < 0.1
    pixels(cached, sampling, count=2)
    assert np.array_equal(pixels(cached, sampling), first)


@pytest.mark.parametrize("given", [{"cache_threshold": 0.1}, {"cache": "first-block", "cache_threshold": 0.0}])
def test_a_threshold_is_over_0_and_of_a_cache(given: dict[str, object]) -> None:
    with pytest.raises(CMCError, match="expected a number over 0, and --cache beside it"):
        Speed.of(given)


def count_last_blocks(decoder: PipelineDecoder) -> list[int]:
    """Grows by one with every step that runs the last block's attention."""
    ran: list[int] = []
    last = denoiser_of(decoder._text_to_image).single_transformer_blocks[-1]
    last.attn.register_forward_hook(lambda *_: ran.append(1))
    return ran


def test_a_call_that_failed_leaves_nothing_in_the_cache(flux: Path) -> None:
    cached = load(flux, cache="first-block", cache_threshold=0.5)
    whole = pixels(cached)
    denoiser, calls = denoiser_of(cached._text_to_image), 0

    def fail(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise torch.OutOfMemoryError("in the midst")

    hook = denoiser.register_forward_pre_hook(fail)
    with pytest.raises(torch.OutOfMemoryError):
        pixels(cached, count=2)
    hook.remove()
    assert np.array_equal(pixels(cached), whole)


def test_a_unet_has_no_such_cache_nor_other_attention(sd: Path) -> None:
    with pytest.raises(CMCError, match="UNet2DConditionModel has no such cache, FLUX and Qwen-Image have"):
        load(sd, cache="first-block")
    with pytest.raises(CMCError, match="UNet2DConditionModel leaves its attention to PyTorch alone"):
        load(sd, attention="_native_math")


def test_another_attention_is_of_this_denoiser_alone(flux: Path) -> None:
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    before = _AttentionBackendRegistry.get_active_backend()
    other = load(flux, attention="_native_math")
    assert gap(pixels(other), pixels(load(flux))) <= 1 / 255
    assert _AttentionBackendRegistry.get_active_backend() == before
    processor = denoiser_of(other._text_to_image).transformer_blocks[0].attn.processor
    assert processor._attention_backend == "_native_math"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sage", "--attention sage does not run here (Sage Attention backend 'sage' is not usable"),
        ("quick", "--attention quick: expected one of flash, "),
        ("flash_hub", "--attention flash_hub: expected one of flash, "),
    ],
)
def test_attention_that_is_not_to_be_had(flux: Path, name: str, told: str) -> None:
    with pytest.raises(CMCError) as stop:
        load(flux, attention=name)
    assert told in str(stop.value)
    assert "\n" not in str(stop.value)


def test_a_denoiser_whose_blocks_nobody_names_is_refused() -> None:
    from cmc.t2i.denoiser import repeated_blocks

    with pytest.raises(CMCError, match="--compile: diffusers names no repeated blocks of Linear; leave it out"):
        repeated_blocks(torch.nn.Linear(2, 2), "--compile")


def test_blocks_are_found_where_diffusers_says_only_that_they_may_not_be_split(tmp_path: Path) -> None:
    from cmc.t2i.denoiser import repeated_blocks

    sana = load(tiny_text_families.sana(tmp_path))
    blocks = repeated_blocks(denoiser_of(sana._text_to_image), "--compile")
    assert {type(block).__name__ for block in blocks} == {"SanaTransformerBlock"}


@pytest.mark.parametrize("other", [{"compile": True}, {"quantize": "int8"}])
def test_single_layers_go_with_neither_of_two_options(other: dict[str, object]) -> None:
    flag = next(iter(other))
    with pytest.raises(CMCError, match=f"--offload layers does not go together with --{flag}; take --offload model"):
        Speed.of({"offload": "layers", **other})
