"""One diffusion model, as decoder and as codec (DiffC): is a caption or a noisy latent the better use of a bit?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from cmc.codecs.diffc.published import repository_of
from cmc.compare.curves import Advantage, Curve, Curves, Point, advantage
from cmc.compare.verdicts import UNDECIDED
from cmc.core.bootstrap import draw_counts
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.run_file import Document
from cmc.registry import CODECS

QUESTION = "is a caption or a noisy latent the better use of a bit?"
NOT_TOLD = "not told"
# What bits were spent on, against a noisy latent alone.
CAPTION, MODES_OF_CMC, BESIDE = "caption alone", "modes of CMC", "caption beside a noisy latent"
_LATENT = "noisy latent alone"

# Run files by target, and by mode.
Runs = Mapping[str, Mapping[str, Document]]


@dataclass(frozen=True)
class Contest:
    """What of a model is compared: `spent`, what bits are spent on in `captioned`, and `latent`, a noisy latent alone;
    both are curves of that model's."""

    model: str
    spent: str
    captioned: Curve
    latent: Curve


@dataclass(frozen=True)
class Answer:
    """By one metric: `gain`, how much better the captioned curve is at equal rate, None where no rate is covered by
    both; `verdict`; `evidence`: the difference and its interval, or the points that are nearest in rate."""

    metric: str
    gain: Advantage | None
    verdict: str
    evidence: str


def contests(curves: Curves, runs: Runs) -> list[Contest]:
    """Every pair to be asked about, of curves whose run files name one model."""
    parts: dict[tuple[str, str], dict[str, list[Point]]] = {}
    for curve in curves.curves.values():
        for point in curve.points:
            run = runs.get(point.target, {}).get(point.mode, {})
            for spent in _spent_on(point.mode, run):
                parts.setdefault((_model(run), spent), {}).setdefault(curve.name, []).append(point)
    lines = {key: [Curve(name, points) for name, points in own.items()] for key, own in parts.items()}
    models = dict.fromkeys(model for model, spent in lines if spent == _LATENT)
    return [
        Contest(model, spent, captioned, latent)
        for model, spent in product(models, (CAPTION, MODES_OF_CMC, BESIDE))
        for captioned, latent in product(lines.get((model, spent), ()), lines[model, _LATENT])
    ]


def _spent_on(mode: str, run: Document) -> Sequence[str]:
    """What the bits of a picture were spent on, as far as it is asked about here."""
    settings = run.get("settings", {})
    codec = settings.get("codec")
    if codec:
        of_model = codec in CODECS and CODECS.get(codec).facts.takes_caption
        return ((BESIDE if settings.get("captions") else _LATENT),) if of_model else ()
    if mode not in MODES:
        return ()
    alone = MODES[mode].captioned and not MODES[mode].reference
    return (CAPTION, MODES_OF_CMC) if alone else (MODES_OF_CMC,)


def _model(run: Document) -> str:
    """What tells a model from others: a digest of its folder, or its name on the hub."""
    loaded = run.get("loaded", {})
    revision = str(loaded.get("revision") or "")
    if revision.startswith("files:"):
        return revision
    name = str(loaded.get("checkpoint") or "")
    return repository_of(name) if "codec" in run.get("settings", {}) else name


def answers(contest: Contest, curves: Curves) -> list[Answer]:
    """By every metric of `curves`."""
    counts = draw_counts(curves.images)
    return [_answer(contest, metric, higher, counts) for metric, higher in curves.metrics.items()]


def _answer(contest: Contest, metric: str, higher: bool, counts: np.ndarray) -> Answer:
    try:
        gain = advantage(contest.captioned, contest.latent, metric, higher, counts)
    except CMCError as refusal:
        return Answer(metric, None, f"{NOT_TOLD}, for {refusal},", f"nearest are {_nearest(contest, metric)}")
    low, high = gain.bounds
    better = contest.spent if low > 0 else _LATENT if high < 0 else ""
    evidence = f"{gain.difference:+.4f} [{low:+.4f}, {high:+.4f}]"
    return Answer(metric, gain, f"{better} is better" if better else UNDECIDED, evidence)


def _nearest(contest: Contest, metric: str) -> str:
    """The two points, one of either curve, whose rates differ by the smallest factor."""
    pairs = product(contest.captioned.points, contest.latent.points)
    nearest = min(pairs, key=lambda pair: abs(np.log(pair[0].bpp.mean() / pair[1].bpp.mean())))
    return " and ".join(
        f"{point.target} {point.mode} with {point.values[metric].mean():.4f} at {point.bpp.mean():.5f} bpp"
        for point in nearest
    )


def sentence(contest: Contest, found: Sequence[Answer]) -> str:
    """The contest and its answers in one line, metrics of one verdict together."""
    verdicts: dict[str, list[str]] = {}
    for answer in found:
        verdicts.setdefault(answer.verdict, []).append(f"{answer.metric.upper()} ({answer.evidence})")
    told = "; ".join(f"{verdict} by {', '.join(metrics)}" for verdict, metrics in verdicts.items())
    return f"{contest.spent} ({contest.captioned.name}) or {_LATENT} ({contest.latent.name}), at equal rate: {told}"


def without_weights(runs: Runs) -> dict[str, str]:
    """Codecs whose weights a user must name and that no run used, with where to get those."""
    used = {run.get("settings", {}).get("codec") for modes in runs.values() for run in modes.values()}
    entries = (entry for entry in CODECS.entries() if entry.facts.weights_from and entry.name not in used)
    return {entry.name: entry.facts.weights_from for entry in entries}
