"""Memory: networks that wait elsewhere, and a VAE that does with less."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cmc.core.errors import CMCError
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Request, Sampling
from cmc.t2i.placement import take_batches
from tests.conftest import photo
from tests.tiny_t2i import small_vae

CPU = torch.device("cpu")


def load(folder: Path, **options: object) -> PipelineDecoder:
    return PipelineDecoder(str(folder), CPU, torch.float32, **options)


@pytest.mark.parametrize("offload", ["model", "layers"])
def test_a_cpu_has_nothing_to_offload_to(sd: Path, offload: str) -> None:
    with pytest.raises(CMCError, match=r"--offload keeps in main memory .* the device is a CPU; leave it out"):
        load(sd, offload=offload)


def test_tiles_change_a_picture_that_is_larger_than_one(sd: Path) -> None:
    start = photo("coffee.png").resize((96, 64))
    whole, tiled = (
        decoder.render([Request("p", "a cup", (96, 64), start, 7)], Sampling("full", 0.5, 4))[0].pixels
        for decoder in (load(sd), load(sd, tiling=True))
    )
    assert 0 < np.abs(whole - tiled).mean() < 0.1


@pytest.mark.parametrize("way", ["encode", "decode"])
def test_a_batch_that_does_not_fit_goes_through_one_by_one_from_then_on(way: str) -> None:
    torch.manual_seed(0)
    vae = small_vae().eval()
    sizes: list[int] = []

    def full(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        sizes.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError("three do not fit")

    part = vae.encoder if way == "encode" else vae.decoder
    shape = (3, 32, 32) if way == "encode" else (4, 16, 16)
    part.register_forward_pre_hook(full)
    batch = torch.randn(3, *shape)
    with torch.inference_mode():
        alone = torch.cat([result(getattr(vae, way)(one[None])) for one in batch])
        sizes.clear()
        take_batches(vae)
        together = result(getattr(vae, way)(batch[:2]))
        assert sizes == [2]
        sliced = result(getattr(vae, way)(batch))
        assert sizes == [2, 3, 1, 1, 1]
        assert len(result(getattr(vae, way)(batch))) == 3
        assert sizes[5:] == [1, 1, 1]
    assert torch.allclose(sliced, alone, atol=1e-5)
    assert torch.allclose(together, alone[:2], atol=1e-4)


def result(output: object) -> torch.Tensor:
    return output.latent_dist.mode() if hasattr(output, "latent_dist") else output.sample


def test_one_picture_that_does_not_fit_is_told() -> None:
    vae = small_vae()

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("nothing fits")

    vae.decoder.register_forward_pre_hook(full)
    take_batches(vae)
    with pytest.raises(torch.OutOfMemoryError):
        vae.decode(torch.randn(1, 4, 16, 16))
    with pytest.raises(torch.OutOfMemoryError):
        vae.decode(torch.randn(2, 4, 16, 16))


def test_an_fp32_vae_falls_back_too_and_leaves_that_in_place(sd: Path) -> None:
    decoder = load(sd)
    vae = decoder._text_to_image.vae
    take_batches(vae)
    wrapped = vae.decode
    with decoder.full_precision():
        assert vae.decode is not wrapped
    assert vae.decode is wrapped
