"""What an audit leaves behind: score files, a page to look at, and its tables on the screen."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import common
from cmc.cli.score_table import content_table, further_table
from cmc.core.errors import reason
from cmc.core.files import write_atomic
from cmc.core.workspace import ALL
from cmc.report.audit_page import audit_page
from cmc.safety.table import flagged_among
from cmc.scores.audit_scores import HIGHER, NO_FORM
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import write_scores, write_summary
from cmc.scores.summary import OVERALL, summarise
from cmc.stages.ask_forms import Forms
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import SCORED, Task


def report_audit(
    folder: Path,
    target: str,
    tasks: Sequence[Task],
    all_scores: Sequence[Score],
    answers: Mapping[tuple[str, str], Forms],
    settings: Mapping[str, str],
) -> int:
    """Write a target's files into a folder and print its tables; the exit code."""
    scores = [score for score in all_scores if score.target == target]
    cells = with_intervals(summarise(scores), scores)
    files = [folder / "scores.csv", folder / "summary.csv", folder / "audit.html"]
    write_scores(files[0], scores, {"target": target, **settings})
    write_summary(files[1], cells, {"target": target, **settings})
    write_atomic(files[2], audit_page(target, tasks, scores, answers, settings, folder, _flagged(tasks)).encode())
    print(f"\n{target}, by {settings['auditor']}: agreement with ground truth, 0 to 1\n")
    print("\n".join(further_table(cells, HIGHER)))
    print("\n" + "\n".join(content_table(cells, HIGHER)))
    lost = {f"{score.name} ({score.mode})": reason(score.status, 160) for score in scores if score.status != SCORED}
    if lost:
        whole = next(cell for cell in cells if cell.mode == OVERALL and cell.content == ALL)
        print(f"\nThese means are over {whole.n} of {whole.expected} pictures, not over all")
        common.print_failures(lost)
        if any(NO_FORM in score.status for score in scores):
            print("  the same command asks again where there was no form")
    print()
    for title, path in zip(("written:", "        ", "look at:"), files, strict=True):
        print(f"{title} {path}")
    return common.INCOMPLETE if lost else common.OK


def _flagged(tasks: Sequence[Task]) -> frozenset[Path]:
    """Ground truths and pictures that the safety checker flags."""
    pictures = (picture.path for task in tasks for picture in task.candidates if picture.path)
    return flagged_among([*(task.gt for task in tasks), *pictures])
