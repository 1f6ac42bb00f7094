"""What a search found, in words and as a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cmc.core.errors import lines, some
from cmc.core.tables import write_csv
from cmc.studies.halving import BEHIND, CUT, DROPPED, FAILED, KEPT, OVER, SPARED, TIED, WINNER, Rung, Trial
from cmc.studies.means import MeanEstimate
from cmc.studies.search import SearchResult

# Decimals of bits per pixel.
BPP = 5
ENDS = ("", "_low", "_high")
FATES = (KEPT, SPARED, CUT, DROPPED, OVER, FAILED, WINNER, TIED, BEHIND)


def search_lines(found: SearchResult) -> list[str]:
    """Rung by rung, the winner, and what it cost beside the full matrix."""
    halving = found.halving
    bound = "" if found.max_bpp is None else f", at most {found.max_bpp:g} bpp"
    settings = len(halving.rungs[0].trials)
    text = [f"search by {found.objective.name}{bound}: {settings} settings, {len(halving.images)} images"]
    for number, rung in enumerate(halving.rungs, start=1):
        text += _rung_lines(number, rung, found)
    return [*text, *_winner_lines(found), *_cost_lines(found)]


def _rung_lines(number: int, rung: Rung, found: SearchResult) -> Iterator[str]:
    counts = {
        "go on": [KEPT, SPARED],
        "of them not told apart from the last that does": [SPARED],
        "dropped": [DROPPED, CUT],
        "of them not told apart, but over the budget": [CUT],
    }
    said = [f"{len(rung.of_fate(*fates))} {words}" for words, fates in counts.items() if rung.of_fate(*fates)]
    head = f"rung {number}: {len(rung.trials)} settings x {rung.images} images"
    yield ": ".join([head, ", ".join(said)] if said else [head])
    over = [f"{trial.name}: {trial.bpp.text(BPP)}" for trial in rung.of_fate(OVER) if trial.bpp]
    if over:
        yield f"  {len(over)} over {found.max_bpp:g} bpp:{lines(over, indent='    ')}"
    failed = [f"{trial.name}: {trial.reason}" for trial in rung.of_fate(FAILED)]
    if failed:
        yield f"  {len(failed)} failed:{lines(failed, indent='    ')}"


def _winner_lines(found: SearchResult) -> Iterator[str]:
    last = found.halving.rungs[-1]
    for trial in last.of_fate(WINNER):
        score = _score(trial, found)
        rate = f", {trial.bpp.text(BPP)} bpp" if trial.bpp else ""
        yield f"best: {trial.name}, {found.objective.name} {score.text() if score else ''}{rate}, {last.images} images"
    tied = [trial.name for trial in last.of_fate(TIED)]
    if tied:
        yield f"not told apart from it (95 %, paired by image): {some(tied, 10)}"
    if found.halving.winner is None:
        yield "best: none; no setting that was left keeps within the bound and has every score"


def _cost_lines(found: SearchResult) -> Iterator[str]:
    halving = found.halving
    saved = halving.full - halving.pictures
    yield f"pictures: {halving.pictures:,} of the full matrix's {halving.full:,} ({halving.share:.1%}), {saved:,} saved"
    if found.there:
        yield f"  {found.there:,} of them lay there before"


def _score(trial: Trial, found: SearchResult) -> MeanEstimate | None:
    """In the metric's own sign."""
    if trial.score is None:
        return None
    return trial.score if found.objective.sign > 0 else trial.score.negated()


def last_trials(found: SearchResult) -> list[tuple[Trial, int]]:
    """Each setting's last trial with its number of images, best first: those that came further before others."""
    latest: dict[str, tuple[Trial, int]] = {}
    for rung in reversed(found.halving.rungs):
        for trial in rung.trials:
            latest.setdefault(trial.name, (trial, rung.images))
    return list(latest.values())


def front_table(found: SearchResult) -> tuple[list[str], list[list[str]]]:
    """(header, rows) of the Pareto front of bpp x FR x NR over all images, with 95 % intervals."""
    rows = [
        [point.name, point.bpp.text(BPP), point.fr.text(), point.nr.text(), f"{point.share:.0%}"]
        for point in found.points
        if point.on_front and point.share is not None
    ]
    return ["on the Pareto front", "bpp", "FR", "NR", "of resamples"], rows


def write_search(path: Path, found: SearchResult) -> None:
    """One row a setting; means and intervals are over `images` images, `front_share` is over all."""
    points = {point.name: point for point in found.points}
    rows = []
    for trial, images in last_trials(found):
        point = points.get(trial.name)
        further = [point.fr, point.nr] if point else [None, None]
        estimates = [_score(trial, found), trial.bpp, *further]
        cells = [cell for estimate in estimates for cell in _cells(estimate)]
        front = [str(point.on_front), f"{point.share:.4f}"] if point and point.share is not None else ["", ""]
        rows.append([trial.name, trial.fate, str(images), *cells, *front, trial.reason])
    columns = [f"{column}{end}" for column in (f"search_{found.objective.name}", "bpp", "fr", "nr") for end in ENDS]
    write_csv(path, ["setting", "fate", "images", *columns, "on_front", "front_share", "reason"], rows)


def write_rungs(path: Path, found: SearchResult) -> None:
    """One row a rung: settings and images, how many settings had each fate, and the pictures asked for by its end."""
    rows = [
        [number, len(rung.trials), rung.images, *(len(rung.of_fate(fate)) for fate in FATES), rung.pictures]
        for number, rung in enumerate(found.halving.rungs, start=1)
    ]
    header = ["rung", "settings", "images", *FATES, "pictures", "full_matrix"]
    write_csv(path, header, [[*row, found.halving.full] for row in rows])


def _cells(estimate: MeanEstimate | None) -> Sequence[str]:
    """In the order of ENDS; empty where nothing was measured."""
    if estimate is None:
        return [""] * len(ENDS)
    return [f"{value:.7g}" for value in (estimate.mean, estimate.low, estimate.high)]
