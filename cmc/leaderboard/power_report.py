"""The tables of `power` as they are printed, and as a CSV."""

from collections.abc import Sequence

from cmc.core.sample_size import POWER_80
from cmc.core.tables import format_csv
from cmc.leaderboard.differences import Difference
from cmc.leaderboard.power import RowVariance, Separation
from cmc.leaderboard.tables import percent

# Why there is no number of images or seeds: the means are equal, no number does, or nothing is known of it.
EQUAL, NONE, UNKNOWN = "never: equal", "no number", "unknown"
HEADER = ("better", "worse", "score", "modes", "difference", "flip", "images now", "needed", "at 80 %")
SEED_HEADER = ("seeds now", "needed", "at 80 %", "from the seed")
COLUMNS = (
    *("better", "worse", "statistic", "modes", "difference", "low", "high", "flip", "images", "images_needed"),
    *("images_needed_80", "seeds", "seeds_needed", "seeds_needed_80", "share_from_seed"),
)


def power_cells(table: Sequence[Separation]) -> tuple[list[str], list[list[str]]]:
    """(header, rows) as they are printed; what is said of seeds is left out where no result has several."""
    with_seeds = any(pair.difference.seeds_known for pair in table)
    header = [*HEADER, *(SEED_HEADER if with_seeds else ())]
    return header, [[*_cells(pair), *(_seed_cells(pair.difference) if with_seeds else ())] for pair in table]


def _cells(pair: Separation) -> list[str]:
    found = pair.difference
    low, high = found.bounds
    estimate = f"{found.value:+.4f} [{low:+.4f}, {high:+.4f}]"
    needed = [_needed(found, found.images_needed(power)) for power in (0.0, POWER_80)]
    images = f"{found.spread.images:,}" if found.spread else "1"
    names = [pair.better, pair.worse, pair.statistic, " ".join(pair.modes)]
    return [*names, estimate, percent(found.flip), images, *needed]


def _seed_cells(found: Difference) -> list[str]:
    if not found.seeds_known:
        return [_seeds(found), UNKNOWN, UNKNOWN, UNKNOWN]
    needed = [_needed(found, found.seeds_needed(power)) for power in (0.0, POWER_80)]
    return [_seeds(found), *needed, "" if found.share_of_seed is None else percent(found.share_of_seed)]


def _needed(found: Difference, number: int | None) -> str:
    if number is not None:
        return f"{number:,}"
    if found.spread is None:
        return UNKNOWN
    return NONE if found.rounded else EQUAL


def _seeds(found: Difference) -> str:
    """Of both, or of either row where they are not the same."""
    return " and ".join(str(source.seeds) for source in found.spread.sources) if found.spread else ""


def power_csv(table: Sequence[Separation]) -> str:
    """One row a pair; a number that is not to be had, or not known, is an empty cell."""
    return format_csv(COLUMNS, [_flat(pair) for pair in table])


def _flat(pair: Separation) -> list[object]:
    found = pair.difference
    values = [f"{value:.6f}" for value in (found.value, *found.bounds)]
    needs = [found.images_needed(), found.images_needed(POWER_80)]
    seeds = [_seeds(found), found.seeds_needed(), found.seeds_needed(POWER_80)]
    share = "" if found.share_of_seed is None else f"{found.share_of_seed:.4f}"
    names = [pair.better, pair.worse, pair.statistic, " ".join(pair.modes)]
    images = found.spread.images if found.spread else 1
    row = [*names, *values, f"{found.flip:.4f}", images, *needs, *seeds, share]
    return ["" if cell is None else cell for cell in row]


def variance_cells(table: Sequence[RowVariance]) -> tuple[list[str], list[list[str]]]:
    """(header, rows) of what scores vary by, as they are printed."""
    header = ["row", "score", "modes", "images", "seeds", "image", "seed", "image x seed", "mean's, from the seed"]
    return header, [_variance(row) for row in table]


def _variance(row: RowVariance) -> list[str]:
    found = row.components
    shares = [percent(share) for share in (*found.shares, found.from_seed)]
    return [row.row, row.statistic, " ".join(row.modes), f"{found.images:,}", str(found.seeds), *shares]
