"""What a comparison of results came to, in words and as tables."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cmc.core.errors import lines
from cmc.core.tables import write_csv
from cmc.studies.portability import ModeDifference, Portability
from cmc.studies.score_differences import PairedScores

PICTURES = ("comparison", "target", "mode", "name", "largest", "mean", "psnr", "same_pixels", "same_file")
SCORES = ("comparison", "target", "mode", "metric", "pictures", "largest", "mean", "shift")


def portability_lines(found: Portability) -> list[str]:
    """How far pictures and scores are apart, whether ranks change, and what was left out."""
    text = [f"{found.title}: pixels in levels of 255"]
    if not any(mode.pictures for mode in found.modes):
        text.append("  no picture is there to be compared")
    for mode in found.modes:
        if mode.pictures:
            text += _mode_lines(mode)
    for scores in found.scores:
        text += _score_lines(scores)
    text += _rank_lines(found)
    if found.left_out:
        reasons = lines((f"{name}: {reason}" for name, reason in found.left_out.items()), indent="    ")
        text.append(f"  {len(found.left_out)} not compared:{reasons}")
    return text


def _mode_lines(mode: ModeDifference) -> list[str]:
    gaps = list(mode.pictures.values())
    pixels, files = (np.mean([getattr(gap, name) for gap in gaps]) for name in ("same_pixels", "same_bytes"))
    text = [
        f"  {mode.target} {mode.mode}: {len(gaps)} pictures, largest {max(gap.largest for gap in gaps)}, "
        f"mean {np.mean([gap.mean for gap in gaps]):.3g}, lowest PSNR {min(gap.psnr for gap in gaps):.1f} dB, "
        f"same pixels {pixels:.0%}, same files {files:.0%}"
    ]
    if mode.made_with:
        text.append(f"    made with {'; '.join(mode.made_with)}")
    return text


def _score_lines(scores: PairedScores) -> Iterator[str]:
    for mode in scores.modes:
        for metric, gap in scores.differences(mode).items():
            told = f"largest {gap.largest:.2g}, mean {gap.mean:.2g}, shift {gap.shift:+.2g}"
            yield f"  {scores.target} {mode} {metric}: {told} over {gap.pictures} pictures"


def _rank_lines(found: Portability) -> list[str]:
    ranking = found.ranking
    if ranking is None:
        return ["  no ranks: no picture of every target has FR and NR on both sides"]
    over = f"over {ranking.images} images in {', '.join(ranking.modes)}"
    if len(ranking.overall) < 2:
        ((target, (first, second)),) = ranking.overall.items()
        return [f"  overall of {target} {over}: {first:.4f} and {second:.4f}; nothing to be ranked among"]
    if not ranking.swaps:
        return [f"  no rank changes: {len(ranking.overall)} targets by overall {over}"]
    swaps = lines((_swap(a, b, found) for a, b in ranking.swaps), most=20, indent="    ")
    return [f"  {len(ranking.swaps)} pair(s) of {len(ranking.overall)} targets change rank {over}:{swaps}"]


def _swap(first: str, second: str, found: Portability) -> str:
    """`a 2.1234 and 2.1200, b 2.1230 and 2.1240`."""
    overall = found.ranking.overall if found.ranking else {}
    return ", ".join(f"{name} {overall[name][0]:.4f} and {overall[name][1]:.4f}" for name in (first, second))


def write_portability(folder: Path, comparisons: Sequence[Portability]) -> list[Path]:
    """`pictures.csv`, one row a pair of pictures, `scores.csv`, one a metric and mode, and `left-out.csv`."""
    pictures, scores, left_out = (folder / name for name in ("pictures.csv", "scores.csv", "left-out.csv"))
    write_csv(pictures, PICTURES, (row for found in comparisons for row in _picture_rows(found)))
    write_csv(scores, SCORES, (row for found in comparisons for row in _score_rows(found)))
    reasons = ((found.title, *item) for found in comparisons for item in found.left_out.items())
    write_csv(left_out, ("comparison", "name", "reason"), reasons)
    return [pictures, scores, left_out]


def _picture_rows(found: Portability) -> Iterator[list[object]]:
    for mode in found.modes:
        for name, gap in mode.pictures.items():
            gaps = [gap.largest, f"{gap.mean:.6g}", f"{gap.psnr:.4f}"]
            yield [found.title, mode.target, mode.mode, name, *gaps, gap.same_pixels, gap.same_bytes]


def _score_rows(found: Portability) -> Iterator[list[object]]:
    for scores in found.scores:
        for mode in scores.modes:
            for metric, gap in scores.differences(mode).items():
                gaps = [f"{value:.6g}" for value in (gap.largest, gap.mean, gap.shift)]
                yield [found.title, scores.target, mode, metric, gap.pictures, *gaps]
