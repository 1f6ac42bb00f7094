"""The eight metrics by which the paper shows its studies (CMC-Bench, table 2): four of consistency, four of
perception."""

from dataclasses import dataclass
from functools import cache

from cmc.metrics.base import FR, NR
from cmc.metrics.selection import choose_metrics, directions

CONSISTENCY, PERCEPTION = "Consistency", "Perception"


@dataclass(frozen=True)
class PaperMetric:
    """`column`: where it stands in score files; `label`: as the paper calls it; `side`: what it judges."""

    column: str
    label: str
    side: str

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return _directions()[self.column]

    @property
    def title(self) -> str:
        """The label, with an arrow towards the better end."""
        return f"{self.label} {'↑' if self.higher else '↓'}"


@cache
def _directions() -> dict[str, bool]:
    return directions(choose_metrics(("paper",)))


# In the order of table A1.
PAPER_METRICS = (
    PaperMetric("clipsim", "CLIPSIM", CONSISTENCY),
    PaperMetric("clipiqa", "CLIPIQA", PERCEPTION),
    PaperMetric("lpips", "LPIPS", CONSISTENCY),
    PaperMetric("liqe", "LIQE", PERCEPTION),
    PaperMetric("ssim", "SSIM", CONSISTENCY),
    PaperMetric("fid", "FID", PERCEPTION),
    PaperMetric(FR, "TOPIQ-FR", CONSISTENCY),
    PaperMetric(NR, "TOPIQ-NR", PERCEPTION),
)
