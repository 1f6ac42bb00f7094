"""The check of an answer to the audit's question: what is no filled-in form fails its picture by name."""

from dataclasses import replace

from cmc.audit.reader import NoFormError, read_form
from cmc.core.errors import reason
from cmc.i2t.answers import tidy
from cmc.i2t.base import Answer
from cmc.i2t.refusals import declines
from cmc.i2t.thoughts import without_thoughts

# Characters of a failed answer that are kept, many times a form.
_KEPT = 20_000


def checked_form(answer: Answer) -> Answer:
    """The answer as it was given, tidied and without thoughts, if `read_form` reads it; else an error that holds why
    not and the answer, on one line. A form is read first: what it quotes may sound like a refusal."""
    answer = replace(answer, model=reason(answer.model) if answer.model else "")
    if answer.error:
        return replace(answer, text="", error=reason(answer.error, 400))
    said = without_thoughts(answer.text)
    if said is None:
        return _failed(answer, "the model was still thinking when its answer ended", answer.text)
    said = tidy(said)
    try:
        read_form(said)
    except NoFormError as error:
        return _failed(answer, "refused" if declines(said) else str(error), said)
    return replace(answer, text=said)


def _failed(answer: Answer, why: str, said: str) -> Answer:
    return replace(answer, text="", error=f"{why}; the answer: {reason(' '.join(said.split()) or 'nothing', _KEPT)}")
