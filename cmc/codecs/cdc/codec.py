"""CDC as codecs: `cdc-x` and `cdc-eps`, by which of the two its network predicts (arXiv 2209.06950).

Everything is computed on the CPU in fp32, entropy parameters in float64. The noise that sampling starts from is seeded
by the stream itself, so that a picture is known by its stream, size and weights alone.

A stream's first byte is the factor by which the picture was made smaller (`--downscale`, ours, not the paper's).
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from cmc.codecs.base import Codec
from cmc.codecs.learned import weights_digest
from cmc.codecs.tensors import padded, to_picture
from cmc.core.errors import CMCError
from cmc.core.once import once
from cmc.core.seeds import seed_for
from cmc.registry import CODECS, Option

if TYPE_CHECKING:
    from cmc.codecs.cdc.checkpoint import Networks
    from cmc.codecs.cdc.sampler import Sampler

# Of the run, with which every stream seeds its noise.
SEED = 0
# Sides of z are the picture's over this.
_HYPER_STEP = 64
WEIGHTS = "hub rhyang/CDC_params"
# The weights of the rate in training by which the x-prediction's released files are named, from qp 1 on.
RATES = ("0.2048", "0.1024", "0.0512", "0.0128", "0.0064", "0.0032")


class CDCCodec(Codec):
    """The networks of a checkpoint, how pictures are sampled from them, and by which factor they are coded smaller."""

    def __init__(self, networks: "Networks", sampler: "Sampler", downscale: int) -> None:
        from cmc.codecs.cdc.latent_coder import LatentCoder

        self._weights = weights_digest(networks.state)
        self._networks, self._sampler, self._downscale = networks, sampler, downscale
        self._latents = LatentCoder(networks.compressor)

    @property
    def weights(self) -> bytes:
        return self._weights

    def encode(self, image: Image.Image) -> bytes:
        import torch

        compressor = self._networks.compressor
        if self._downscale > 1:
            image = image.resize(_smaller(image.size, self._downscale), Image.Resampling.LANCZOS)
        with torch.no_grad():
            latents = compressor.latents(padded(image, _HYPER_STEP) * 2 - 1)
            return bytes([self._downscale]) + self._latents.encode(latents, compressor.hyperlatents(latents))

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        import torch

        if not any(stream[:1]):
            raise CMCError("expected a factor from 1 at the start of a CDC stream; encode the image anew")
        coded = _smaller(size, stream[0])
        width, height = _smaller(coded, _HYPER_STEP)
        with torch.no_grad():
            contexts = self._networks.compressor.contexts(self._latents.decode(stream[1:], (height, width)))
            generator = torch.Generator().manual_seed(seed_for(SEED, stream.hex()))
            noise = torch.randn(1, 3, height * _HYPER_STEP, width * _HYPER_STEP, generator=generator)
            sampled = self._sampler.sample(partial(self._networks.unet, contexts=contexts), noise)
        picture = to_picture(sampled / 2 + 0.5, coded)
        return picture.resize(size, Image.Resampling.BICUBIC) if coded != size else picture


def _smaller(size: tuple[int, int], factor: int) -> tuple[int, int]:
    """Both sides over a factor, rounded up."""
    width, height = size
    return -(-width // factor), -(-height // factor)


def _factor(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 255:
        raise ValueError(f"expected a whole number from 1 to 255, found {text!r}")
    return int(text)


@once
def _load_codec(name: str, path: Path, downscale: int) -> CDCCodec:
    """The codec, once for all images. Raises CMCError for a checkpoint of which one key does not match."""
    from cmc.codecs.cdc.checkpoint import RELEASES, load_networks

    release = RELEASES[name]
    return CDCCodec(load_networks(path, release), release.sampler, downscale)


def _checkpoint_of(path: Path, qp: int) -> Path:
    """A checkpoint itself, or of a folder of released ones that of a qp. Raises CMCError unless there is one."""
    if not path.is_dir():
        return path
    pattern = f"*-b{RATES[qp - 1]}-*.pt"
    files = sorted(path.glob(pattern))
    if len(files) != 1:
        raise CMCError(f"{path}: expected one {pattern}, of qp {qp}, found {len(files)}; name the file by --model_dir")
    return files[0]


def _create(name: str, qp: int = 1, checkpoint: str = "", downscale: int = 1) -> Codec:
    if not checkpoint:
        raise CMCError(f"{name} comes without weights; download a released file ({WEIGHTS}) and name it by --model_dir")
    return _load_codec(name, _checkpoint_of(Path(checkpoint), qp), downscale)


def _register(name: str, qp: tuple[int, int], standard: str) -> None:
    CODECS.register(
        name,
        needs=["accelerate"],
        suffix=".cdc",
        qp=qp,
        standard=f"learned: CDC, {standard}, gamma 0.8, eta 0, noise of seed {SEED} and the stream, fp32 on the CPU",
        weights_from=WEIGHTS,
        counted="the range coder's bytes of both latents, and a byte for the factor of --downscale",
        options={"downscale": Option(_factor, "CDC codes a picture smaller by this factor (ours, not the paper's)")},
    )(partial(_create, name))


_register("cdc-x", (1, len(RATES)), f"x-prediction, 65 steps, files of b {RATES[0]} to {RATES[-1]}")
_register("cdc-eps", (1, 1), "eps-prediction, 200 steps, of the checkpoint's own rate")
