from cmc.audit.form import Form, FormObject
from cmc.i2t.base import Answer
from cmc.i2t.form_answer import checked_form

FORM = Form((FormObject("cup", 1, "white"),), "table", ("I'm sorry, but I can't help with that.",))


def test_an_answer_that_is_a_form_is_kept_as_it_was_given() -> None:
    given = f" ```json\n{FORM.to_json()}\n``` "
    answer = checked_form(Answer(f"<think>a cup?</think>{given}", model="m", tokens=7))
    assert answer == Answer(given.strip(), model="m", tokens=7)


def test_what_is_no_form_keeps_the_whole_answer_and_says_why() -> None:
    words = "a cup of coffee " * 100
    answer = checked_form(Answer(f"Here:\n{words}", model="m\x1b[2J", tokens=9))
    assert answer == Answer(error=f"no JSON; the answer: Here: {words.strip()}", model="m", tokens=9)
    assert checked_form(Answer("")).error == "no JSON; the answer: nothing"
    assert checked_form(Answer('{"objects": [')).error == 'no JSON that can be read; the answer: {"objects": ['
    assert checked_form(Answer(f"<think>{FORM.to_json()}")).error.startswith("the model was still thinking")


def test_a_refusal_is_called_one_and_a_form_that_quotes_one_is_none() -> None:
    assert checked_form(Answer(FORM.text[0])).error == f"refused; the answer: {FORM.text[0]}"
    assert checked_form(Answer(FORM.to_json())).text == FORM.to_json()


def test_what_a_server_failed_at_stays_its_error() -> None:
    assert checked_form(Answer(error="refused: content filter")) == Answer(error="refused: content filter")
