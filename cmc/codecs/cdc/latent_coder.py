"""Latents to bytes and back: z by the learned prior, then y by the Gaussians that z gives, in one range coder's stream.

Upstream estimates bits and writes none, so the stream is ours.
"""

import torch
from torch import Tensor

from cmc.codecs.cdc.compressor import Compressor
from cmc.codecs.cdc.prior import FactorisedPrior
from cmc.codecs.cdc.tables import Table, gaussian_table, scale_level
from cmc.core.range_coder import RangeDecoder, RangeEncoder

# Tables of z reach as far as this from the median, or to where what is left is under _TAIL.
_REACH, _TAIL = 1024, 2.0**-24


class LatentCoder:
    """Takes a compressor's hyperdecoder and prior to float64 and keeps them on the CPU: the decoder must find the very
    tables that the encoder had, on another machine too."""

    def __init__(self, compressor: Compressor) -> None:
        compressor.hyper_dec.double()
        compressor.prior.double()
        self._compressor, self._tables = compressor, _prior_tables(compressor.prior)

    def encode(self, latents: Tensor, hyperlatents: Tensor) -> bytes:
        """The stream of y (1, channels, height, width) and z (1, channels, height / 4, width / 4)."""
        coder = RangeEncoder()
        medians = self._compressor.prior.medians
        numbers = torch.round(hyperlatents.double() - medians)
        for table, channel in zip(self._tables, numbers[0].flatten(1).int().tolist()):
            for number in channel:
                table.encode(coder, number)
        mean, tables = self._gaussians(numbers + medians)
        offsets = torch.round(latents.double() - mean).int().flatten().tolist()
        for table, number in zip(tables, offsets):
            table.encode(coder, number)
        return coder.finish() or b"\0"

    def decode(self, stream: bytes, size: tuple[int, int]) -> Tensor:
        """Quantised y, float32, of a stream; `size`: (height, width) of z. Raises CMCError for a damaged stream."""
        coder = RangeDecoder(stream)
        places = range(size[0] * size[1])
        numbers = [[table.decode(coder) for _ in places] for table in self._tables]
        medians = self._compressor.prior.medians
        mean, tables = self._gaussians(torch.tensor(numbers).reshape(1, -1, *size) + medians)
        offsets = torch.tensor([table.decode(coder) for table in tables])
        coder.finish()
        return (offsets.reshape(mean.shape) + mean).float()

    def _gaussians(self, hyperlatents: Tensor) -> tuple[Tensor, list[Table]]:
        mean, scale = self._compressor.mean_and_scale(hyperlatents)
        return mean, [gaussian_table(scale_level(value)) for value in scale.flatten().tolist()]


def _prior_tables(prior: FactorisedPrior) -> list[Table]:
    """One a channel, each cut where the rest is under _TAIL."""
    numbers = torch.arange(-_REACH, _REACH + 1)
    tables = []
    for probabilities in prior.probabilities(prior.medians[0, :, 0] + numbers):
        likely = (probabilities >= _TAIL).nonzero().flatten().tolist() or [_REACH]
        low, high = likely[0], likely[-1] + 1
        tables.append(Table(low - _REACH, probabilities[low:high].tolist()))
    return tables
