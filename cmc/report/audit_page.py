"""The page of an audit: forms over ground truths and their reconstructions beside each other, differences marked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmc import __version__
from cmc.audit.agreement import match, same_colour, same_count, same_setting, same_text
from cmc.audit.form import Form, FormObject
from cmc.core.workspace import key_of
from cmc.report.gallery import link
from cmc.report.page import template
from cmc.scores.audit_scores import COLUMNS, MEAN
from cmc.stages.ask_forms import GT, Forms
from cmc.stages.evaluate import Score
from cmc.stages.evaluate_tasks import Candidate, Task


@dataclass(frozen=True)
class Said:
    """A part of an answer: its words, and how it stands to ground truth's: same, other, lost or new."""

    words: str
    state: str = "same"


@dataclass(frozen=True)
class Column:
    """A picture and its form: `href` from the page, "" without a picture; `fault`: why it has no form or score."""

    title: str
    href: str
    objects: Sequence[Said] = ()
    setting: Said = Said("")
    text: Said = Said("")
    scores: Mapping[str, float] | None = None
    fault: str = ""


@dataclass(frozen=True)
class PageRow:
    """A ground truth and its reconstructions, ground truth first."""

    name: str
    columns: Sequence[Column]

    @property
    def agreement(self) -> float:
        """Mean over the scored modes; below all where one has no score."""
        values = [column.scores[MEAN] if column.scores else -1.0 for column in self.columns[1:]]
        return min(values) if -1.0 in values else sum(values) / max(1, len(values))


def audit_page(
    target: str,
    tasks: Sequence[Task],
    scores: Sequence[Score],
    answers: Mapping[tuple[str, str], Forms],
    settings: Mapping[str, str],
    folder: Path,
    flagged: Collection[Path] = (),
) -> str:
    """HTML, to lie in `folder`, from which it links to the pictures; least agreement first. `scores`: of the target;
    `answers` as of `audit_scores`; `flagged`: pictures that are hidden until they are asked for."""
    by_picture = {(score.name, score.mode): score for score in scores}
    rows = [_row(target, task, by_picture, answers, folder) for task in tasks]
    rows.sort(key=lambda row: row.agreement)
    return template("audit.html").render(
        target=target,
        rows=rows,
        settings=settings,
        columns=COLUMNS,
        flagged={link(path, folder) for path in flagged},
        version=__version__,
    )


def _row(
    target: str,
    task: Task,
    scores: Mapping[tuple[str, str], Score],
    answers: Mapping[tuple[str, str], Forms],
    folder: Path,
) -> PageRow:
    key, href = key_of(task.gt.name), link(task.gt, folder)
    truths = answers[GT, ""]
    truth = truths.forms.get(key)
    if truth is None:
        first = Column("ground truth", href, fault=truths.failed.get(key, ""))
    else:
        objects = [Said(_words(kind)) for kind in truth.objects]
        first = Column("ground truth", href, objects, Said(truth.setting), Said(_quoted(truth)))
    columns = [
        _column(candidate, scores[task.gt.name, candidate.mode], answers[target, candidate.mode], key, truth, folder)
        for candidate in task.candidates
        if candidate.target == target
    ]
    return PageRow(task.gt.name, [first, *columns])


def _column(candidate: Candidate, score: Score, answers: Forms, key: str, truth: Form | None, folder: Path) -> Column:
    href = link(candidate.path, folder) if candidate.path else ""
    form = answers.forms.get(key)
    if form is None or truth is None:
        return Column(candidate.mode, href, fault=score.status)
    setting = Said(form.setting, _state(same_setting(truth.setting, form.setting)))
    text = Said(_quoted(form), _state(same_text(truth.text, form.text)))
    return Column(candidate.mode, href, _objects(truth, form), setting, text, score.values)


def _objects(truth: Form, form: Form) -> list[Said]:
    """Those of ground truth in its order, lost ones too, then what is new."""
    matching = match(truth, form)
    partners = {id(kind): (kind, other) for kind, other in matching.pairs}
    said = []
    for kind in truth.objects:
        pair = partners.get(id(kind))
        if pair is None:
            said.append(Said(_words(kind), "lost"))
        else:
            said.append(Said(_words(pair[1]), _state(min(same_count(pair), same_colour(pair)))))
    return said + [Said(_words(kind), "new") for kind in matching.new]


def _state(agreement: float) -> str:
    return "same" if agreement == 1 else "other"


def _words(kind: FormObject) -> str:
    return " ".join(part for part in (f"{kind.count} ×", kind.colour, kind.name) if part)


def _quoted(form: Form) -> str:
    return " ".join(f"“{text}”" for text in form.text)
