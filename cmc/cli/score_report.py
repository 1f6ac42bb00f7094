"""What step 3 leaves behind: a target's score files, and its table and remarks on the screen."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cmc.cli import common
from cmc.cli.score_table import benchmark_table, further_table
from cmc.core.bits import STATED
from cmc.core.errors import some
from cmc.core.workspace import ALL
from cmc.metrics.base import FR, FR_ORDERS, NR
from cmc.scores.score_file import leaves_out, notes, other_scale, write_scores, write_summary
from cmc.scores.summary import MODES_FOR_SUBMISSION, OVERALL, Cell
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED


def report_target(
    folder: Path,
    scores: Sequence[Score],
    cells: Sequence[Cell],
    settings: Mapping[str, str],
    higher: Mapping[str, bool],
) -> int:
    """Write a target's files, print its table; the exit code. `higher`: by column, whether more is better."""
    files = [folder / "scores.csv", folder / "summary.csv"]
    write_scores(files[0], scores, {"target": folder.name, **settings})
    write_summary(files[1], cells, {"target": folder.name, **settings})
    return show_target(folder.name, scores, cells, settings, higher, files)


def show_target(
    target: str,
    scores: Sequence[Score],
    cells: Sequence[Cell],
    settings: Mapping[str, str],
    higher: Mapping[str, bool],
    written: Sequence[Path] = (),
) -> int:
    """Print a target's table, and what there is to say of it and of the files written; the exit code."""
    _show(target, cells, settings["fr_order"], higher)
    for note in notes(settings):
        print(f"\n{note}")
    whole = next(cell for cell in cells if cell.mode == OVERALL and cell.content == ALL)
    stated = dict.fromkeys(score.mode for score in scores if score.rate and score.rate.stated)
    if stated:
        print(f"\nThe rates of {target} ({', '.join(stated)}) are no measured ones: {STATED}")
    for remark in _left_out(scores, settings):
        print(f"\n{remark}")
    lost = [f"{score.name} ({score.mode}: {score.status})" for score in scores if score.status != SCORED]
    if lost:
        print(f"\nThese means are over {whole.n} of {whole.expected} pictures, not over all: {some(lost, 3)}")
    print()
    for title, path in zip(("written:", "        "), written):
        print(f"{title} {path}")
    print(_submission(settings, higher, len({score.mode for score in scores})))
    return common.INCOMPLETE if lost else common.OK


def _left_out(scores: Sequence[Score], settings: Mapping[str, str]) -> list[str]:
    """Over how many pictures the means of metrics are that leave some out."""
    rows = [score.values for score in scores if score.status == SCORED]
    counts = {column: sum(column in values for values in rows) for column in leaves_out(settings)}
    return [
        f"{column} is over {counts[column]} of {len(rows)} pictures; {which} have no score by it"
        for column, which in leaves_out(settings).items()
        if counts[column] < len(rows)
    ]


def _submission(settings: Mapping[str, str], columns: Collection[str], modes: int) -> str:
    """Whether the files are one for the benchmark, and if not, why."""
    if not {FR, NR} <= set(columns):
        return "Without both of the benchmark's metrics this is no submission and stands on no leaderboard."
    if reasons := other_scale(settings):
        return f"These scores are not on the benchmark's scale and no submission: {'; '.join(reasons)}"
    if modes < MODES_FOR_SUBMISSION:
        return (
            f"{modes} mode is no valid submission to the benchmark; it needs at least {MODES_FOR_SUBMISSION} of the 4"
        )
    return "To submit, mail both files to the benchmark's authors (address in its README)."


def _show(target: str, cells: Sequence[Cell], order: str, higher: Mapping[str, bool]) -> None:
    meanings = {FR: f"FR is TOPIQ-FR{FR_ORDERS[order]}, the {order} order", NR: "NR is TOPIQ-NR(decoded)"}
    shown = "; ".join(text for column, text in meanings.items() if column in higher)
    print(f"\n{target}: {shown}\n" if shown else f"\n{target}\n")
    if {FR, NR} <= higher.keys():
        print("\n".join(benchmark_table(cells)))
        higher = {column: more for column, more in higher.items() if column not in (FR, NR)}
    if higher:
        print("\n" + "\n".join(further_table(cells, higher)))
