"""Latents as bytes: what golden latents take, against the bits that upstream estimates."""

from pathlib import Path

import pytest
import torch

from cmc.codecs.cdc.checkpoint import EPS, Networks, X, load_networks
from cmc.codecs.cdc.compressor import quantised
from cmc.codecs.cdc.latent_coder import LatentCoder
from cmc.codecs.cdc.tables import Table, gaussian_probability, gaussian_table, scale_level
from cmc.core.errors import CMCError
from cmc.core.range_coder import RangeDecoder, RangeEncoder
from tests.codecs.cdc import save
from tests.golden import Golden, golden

RELEASES = {"cdc_x": X, "cdc_eps": EPS}
# Under which upstream lets no likelihood fall.
LEAST = 1e-9


@pytest.fixture(params=RELEASES)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Golden, Networks]:
    return golden(request.param), load_networks(save(tmp_path / "a.pt", request.param), RELEASES[request.param])


@torch.no_grad()
def test_likelihoods_and_bits(loaded: tuple[Golden, Networks]) -> None:
    data, networks = loaded
    out, prior = data.outputs, networks.compressor.prior
    of_z = torch.stack([prior.probabilities(z.flatten(1)).reshape(z.shape) for z in out["z_hat"]]).clamp(min=LEAST)
    offsets, scales = (out["y_hat"] - out["mean"]).abs().flatten().tolist(), out["scale"].flatten().tolist()
    of_y = torch.tensor([gaussian_probability(*pair) for pair in zip(offsets, scales)]).clamp(min=LEAST)
    of_y = of_y.reshape(out["y"].shape)
    data.check("likelihood_z", of_z)
    data.check("likelihood_y", of_y)
    bits = (-likelihood.log2().flatten(1).sum(1) for likelihood in (of_z, of_y))
    assert torch.allclose(sum(bits), out["bits_total"], rtol=0, atol=0.01)


@torch.no_grad()
def test_bytes_are_as_many_as_estimated_and_give_the_latents_back(loaded: tuple[Golden, Networks]) -> None:
    data, networks = loaded
    coder = LatentCoder(networks.compressor)
    for y, z, y_hat, bits in zip(*(data.outputs[name] for name in ("y", "z", "y_hat", "bits_total"))):
        stream = coder.encode(y[None], z[None])
        assert 8 * len(stream) <= 1.01 * bits.item() + 32
        assert 8 * len(stream) >= 0.99 * bits.item() - 32
        decoded = coder.decode(stream, tuple(z.shape[1:]))
        assert (decoded[0] - y_hat).abs().max() < 5e-5


def test_damaged_streams_are_refused_or_decode_to_something_else(tmp_path: Path) -> None:
    data = golden("cdc_x")
    coder = LatentCoder(load_networks(save(tmp_path / "a.pt", "cdc_x"), X).compressor)
    with torch.no_grad():
        stream = coder.encode(data.outputs["y"], data.outputs["z"])
        for bad in (b"", stream[: len(stream) // 2], stream + bytes(9)):
            with pytest.raises(CMCError):
                coder.decode(bad, (1, 2))


@pytest.mark.parametrize("scale", [0.01, 0.1, 0.77, 30.0])
def test_numbers_that_no_table_expects_come_back(scale: float) -> None:
    table = gaussian_table(scale_level(scale))
    numbers = [0, 1, -1, 5, -200, 32_767, -32_768, 65_000]
    coder = RangeEncoder()
    for number in numbers:
        table.encode(coder, number)
    decoder = RangeDecoder(coder.finish())
    assert [table.decode(decoder) for _ in numbers] == numbers
    with pytest.raises(CMCError, match="expected latents within 65,535 of what is likely, found -70,000"):
        table.encode(RangeEncoder(), -70_000)


def test_scales_are_within_a_sixteenth_of_an_octave() -> None:
    for scale in (0.1, 0.123, 1.9, 77.7):
        nearest = 0.1 * 2 ** (scale_level(scale) / 8)
        assert abs(torch.log2(torch.tensor(nearest / scale)).item()) <= 1 / 16 + 1e-6


def test_a_table_gives_every_number_at_least_the_least_interval() -> None:
    coder, table = RangeEncoder(), Table(-1, [0.0, 1.0, 0.0])
    for number in (-1, 1, 0):
        table.encode(coder, number)
    assert len(coder.finish()) <= 8


@torch.no_grad()
def test_networks_that_agree_in_float64_alone_read_each_other(tmp_path: Path) -> None:
    """The hyperdecoder's last digits differ where z is added up in another order: no table may."""
    data = golden("cdc_x")
    path = save(tmp_path / "a.pt", "cdc_x")
    one, other = (LatentCoder(load_networks(path, X).compressor) for _ in range(2))
    z_hat = quantised(data.outputs["z"].double(), one._compressor.prior.medians)
    _, tables = one._gaussians(z_hat)
    _, near = other._gaussians(z_hat * (1 + 1e-15))
    assert tables == near
