"""Real bytes of the codecs over diffusion models against what theory and the authors' code would count, and seconds.

DiffC runs on the tiny diffusion model that comes along; CDC on networks of its kind, small, with random weights: its
bits say whether the coder keeps to its estimate, not how well CDC compresses.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.cdc.checkpoint import RELEASES, Networks
from cmc.codecs.cdc.codec import CDCCodec
from cmc.codecs.cdc.compressor import Compressor, CompressorWidths, quantised
from cmc.codecs.cdc.tables import LEAST_SCALE, gaussian_probability
from cmc.codecs.cdc.unet import UNet
from cmc.codecs.diffc.codec import DiffC
from cmc.codecs.tensors import padded
from cmc.registry import CODECS
from cmc.scenes.render import scenes
from cmc.scenes.tiny_models import TINY

COUNT = 6
LEVELS = (700, 400, 200, 100, 50)
DIFFC_SIDE, CDC_SIDE = 64, 128
WIDTHS = CompressorWidths((8, 8, 16, 16), (16, 16, 8, 8), (8, 8, 8), (8, 16, 32), unnamed=False)
UNET_WIDTHS, UNET_TIME = (8, 8, 16, 16, 16, 16), 8
# Random networks hardly tell places apart: by this their latents spread, and these are the scales of their Gaussians.
GAIN, SCALES = 5.0, (0.2, 5.0)
# Under which the authors let no likelihood fall.
LEAST = 1e-9


@dataclass(frozen=True)
class Bits:
    """Of one picture: of its real stream, and by each estimate; seconds of either way."""

    coded: int
    estimates: tuple[float, ...]
    encode_s: float
    decode_s: float


def tiny_cdc(name: str) -> tuple[CDCCodec, Compressor]:
    """The codec of random weights, and its compressor."""
    torch.manual_seed(list(RELEASES).index(name))
    release = RELEASES[name]
    compressor, unet = Compressor(WIDTHS), UNet(UNET_WIDTHS, WIDTHS.decoder[::-1], UNET_TIME)
    with torch.no_grad():
        compressor.get_parameter("enc.3.1.conv.weight").mul_(GAIN)
        _, scale_bias = compressor.get_parameter("hyper_dec.2.0.bias").chunk(2)
        scale_bias.copy_(torch.linspace(*SCALES, len(scale_bias)))
        for parameter in compressor.prior.parameters():
            parameter.normal_(std=0.5)
    codec = CDCCodec(Networks(compressor.eval(), unet.eval(), dict(compressor.state_dict())), release.sampler, 1)
    return codec, compressor


@torch.no_grad()
def cdc_estimate(compressor: Compressor, image: Image.Image) -> float:
    """The bits of quantised latents by the networks' own likelihoods, as the authors count."""
    latents = compressor.latents(padded(image, 64) * 2 - 1)
    medians = compressor.prior.medians
    hyper = quantised(compressor.hyperlatents(latents).double(), medians)
    mean, scale = compressor.mean_and_scale(hyper)
    offsets = torch.round(latents.double() - mean).abs().flatten().tolist()
    scales = scale.clamp(min=LEAST_SCALE).flatten().tolist()
    of_y = [gaussian_probability(*pair) for pair in zip(offsets, scales, strict=True)]
    of_z = compressor.prior.probabilities(hyper[0].flatten(1)).flatten().tolist()
    return -sum(math.log2(max(probability, LEAST)) for probability in (*of_y, *of_z))


def coded(codec: Codec, image: Image.Image, *estimates: float) -> Bits:
    """A picture there and back."""
    both = codec.code(image)
    return Bits(8 * len(both.stream), estimates, both.encode_s, both.decode_s)


def diffc_bits(level: int, images: Sequence[Image.Image]) -> list[Bits]:
    """Of DiffC down to a level: by the authors' entropy coder, and by the sum of divergences."""
    codec: DiffC = CODECS.get("diffc").create(qp=level, checkpoint=str(TINY / "diffusion"))
    found = [codec.estimate(image) for image in images]
    return [coded(codec, image, each.zipf, each.ideal) for image, each in zip(images, found, strict=True)]


def cdc_bits(name: str, images: Sequence[Image.Image]) -> list[Bits]:
    """Of CDC: by the authors' count."""
    codec, compressor = tiny_cdc(name)
    return [coded(codec, image, cdc_estimate(compressor, image)) for image in images]


def line(name: str, side: int, rows: Sequence[Bits]) -> str:
    """A row of the table: means, and the largest share by which a picture's bits differ from the first estimate."""
    count = len(rows)
    estimates = " / ".join(f"{sum(values) / count:.0f}" for values in zip(*(row.estimates for row in rows)))
    shares = [row.coded / row.estimates[0] - 1 for row in rows if row.estimates[0]]
    spread = f"{min(shares):+.1%} to {max(shares):+.1%}" if shares else ""
    encode, decode = (sum(values) / count for values in zip(*((row.encode_s, row.decode_s) for row in rows)))
    real = sum(row.coded for row in rows) / count
    return f"| {name} | {side}x{side} | {estimates} | {real:.0f} | {spread} | {encode:.2f} | {decode:.2f} |"


def section() -> Iterator[str]:
    """The lines of the section, as they are measured."""
    yield f"Means of {COUNT} drawn scenes. Estimates of DiffC: the authors' count of the same indices / the sum of"
    yield "divergences; of CDC: by its likelihoods. By picture: real bits against the first.\n"
    yield "| codec | pictures | estimated bits | real bits | by picture | encode s | decode s |"
    yield "|---|---|---|---|---|---|---|"
    start = time.process_time()
    small, large = ([scene.image for scene in scenes("test", COUNT, side)] for side in (DIFFC_SIDE, CDC_SIDE))
    diffc_bits(LEVELS[0], small[:1])  # loads the model
    for level in LEVELS:
        yield line(f"diffc, level {level}", DIFFC_SIDE, diffc_bits(level, small))
    for name in RELEASES:
        yield line(f"{name}, random weights", CDC_SIDE, cdc_bits(name, large))
    yield f"\n{time.process_time() - start:.0f} s of processor time."
