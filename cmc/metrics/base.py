"""What a metric is: the pictures made of one ground truth in, their scores out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from cmc.core.facts import Range

# The benchmark's two metrics, and the columns they stand in; any other stands in a column of its own name.
FR, NR = "fr", "nr"
GROUPS = {
    "benchmark": ("topiq_fr", "topiq_nr"),
    # CMC-Bench, table 2: four of consistency, four of perception.
    "paper": ("topiq_fr", "lpips", "ssim", "clipsim", "topiq_nr", "clipiqa", "liqe", "fid"),
    # What papers on generative compression at very low rates report: first everywhere, with KID of patches beside their
    # FID, then now and then.
    "field": (
        *("psnr", "ms_ssim", "lpips", "dists", "fid_256"),
        *("clipiqa", "musiq", "niqe", "maniqa", "clipscore", "dinov2", "msswd"),
    ),
    # The letters of a screen, wrong ones and words that are left.
    "ocr": ("ocr_cer", "ocr_recall"),
}
# In which order TOPIQ-FR, which is not symmetric, gets its two pictures. `published` is that of the benchmark's script,
# and so of its leaderboard; `standard` that of the metrics' authors, in which every other metric is computed.
PUBLISHED, STANDARD = "published", "standard"
FR_ORDERS = {PUBLISHED: "(GT, decoded)", STANDARD: "(decoded, GT)"}


class Metric(ABC):
    """Base of every metric of single pictures; a plugin sets both attributes and overrides `score`.

    full_reference: whether `score` looks at the ground truth; identity: all that a score depends on besides
    the pixels (name, hash of the weights, number format, argument order). Equal identities mean equal scores, so
    that a score found in the cache need not be computed again. note: what a reader of the scores must know, shown
    beside them; ends, leaves_out, reads_caption: the range of its scores, which pictures have none, and whether it is
    given captions: all three are taken from the facts.

    Its factory is called with (folder of weights, device, dtype, fr_order=..., compiled=...), and these are its facts:
    higher_is_better; weights: {file or folder in the folder of weights: where to get it}, none if left out;
    inexact: whether it heeds dtype and compiled; dtype: its own if not, fp32 if left out; columns: its column if not
    its name; leaves_out: which pictures it has no score of, in words; reads_caption: whether `score` takes a third
    argument, the caption of each picture; range, colour and licence for who reads them.
    """

    full_reference: bool
    identity: dict[str, Any]
    note: str = ""
    ends: Range = (None, None)
    leaves_out: str = ""
    reads_caption: bool = False

    @abstractmethod
    def score(self, pictures: Sequence[np.ndarray], gt: np.ndarray | None) -> Sequence[float | None]:
        """One score a picture, in order; None of a picture that it leaves out, if its facts say which it does.

        pictures: (height, width, 3) uint8 RGB each, all reconstructions of one ground truth and of its size;
        gt: that ground truth in the same form, None where the metric is not full_reference. Whatever it raises fails
        these pictures alone.
        """


class SetMetric(ABC):
    """Base of a metric of whole folders, which has no score of a single picture; `identity` as of Metric.

    Its factory is called with (folder of weights, device), and has the facts of a Metric, of_sets=True, all its
    columns, and `least`: images below which it is unreliable, and what is better there (`instead`).
    """

    identity: dict[str, Any]

    @abstractmethod
    def features(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """(n, d) features of n pictures, (height, width, 3) uint8 RGB: a ground truth and what was made of it, of one
        size; or (n, k, d) where each gives k of them."""

    @abstractmethod
    def distances(self, gt: np.ndarray, made: np.ndarray) -> dict[str, float]:
        """By column: how far the set `made` (n, d) is from the set `gt` (n, d), all features of the pictures, in
        pairs."""
