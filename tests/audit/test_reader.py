import pytest

from cmc.audit.form import QUESTION, SCHEMA, Form, FormObject
from cmc.audit.reader import NoFormError, read_form

FORM = Form((FormObject("dog", 2, "brown"), FormObject("ball", 1, "")), "a park", ("KEEP OFF", "the grass"))
PLAIN = (
    '{"objects": [{"name": "dog", "count": 2, "colour": "brown"}, {"name": "ball", "count": 1, "colour": ""}], '
    '"setting": "a park", "text": ["KEEP OFF", "the grass"]}'
)


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"Here is the form {{as asked}}:\n\n{PLAIN}\n\nLet me know if {{anything}} is missing.",
        PLAIN.replace("]}", ",]\n ,}").replace('""}', '"",}'),
        PLAIN.replace("colour", "Color").replace("2", '" 2 "').replace('""', "null"),
        '{"form": ' + PLAIN + "}",
        f"[{PLAIN}]",
        PLAIN.replace("KEEP OFF", "KEEP\\n OFF").replace("1", "1.0"),
        PLAIN.replace("2,", "2, \t\n"),
    ],
)
def test_a_form_is_read_whatever_surrounds_it(answer: str) -> None:
    assert read_form(answer) == FORM


def test_a_form_written_is_the_form_read() -> None:
    assert read_form(FORM.to_json()) == FORM
    odd = Form((FormObject('12" ruler', 1, "grün"),), "", ("a, ]", "},"))
    assert read_form(odd.to_json()) == odd
    # Commas in texts stay where those outside are taken away.
    assert read_form('{"objects": [], "setting": "none", "text": "x",}') == Form((), "", ("x",))


def test_what_is_said_to_be_there_no_times_is_not_there() -> None:
    assert read_form(PLAIN.replace("2", "0")).objects == FORM.objects[1:]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("I'm sorry, I cannot see it.", "no JSON"),
        (PLAIN[:60], "no JSON that can be read"),
        (PLAIN[:40], "no JSON that can be read"),
        ("{" * 10_000, "no JSON that can be read"),
        ('{"objects": [], "text": []}', "the JSON has no setting"),
        ('{"text": []}', "the JSON has no objects and no setting"),
        ('{"objects": "dog", "setting": "", "text": []}', "its objects are no list"),
        ('{"objects": ["dog"], "setting": "", "text": []}', "an object of its list is no JSON object"),
        (PLAIN.replace('"dog"', '""'), "an object has no name"),
        (PLAIN.replace("2", '"many"'), 'the count of an object is no number but "many"'),
        (PLAIN.replace("2", "true"), "the count of an object is no number but true"),
        (PLAIN.replace("2", "1.5"), "the count of an object is no number but 1.5"),
        (PLAIN.replace("2", "-1"), "the count of an object is no number but -1"),
        (PLAIN.replace("2", "NaN"), "the count of an object is no number but NaN"),
        (PLAIN.replace("2", "1e999"), "the count of an object is no number but Infinity"),
        (PLAIN.replace('"a park"', "3"), "its setting is no text"),
        (PLAIN.replace('"KEEP OFF"', "3"), "its text is no list of texts"),
    ],
)
def test_what_is_no_form_says_why(answer: str, fault: str) -> None:
    with pytest.raises(NoFormError) as error:
        read_form(answer)
    assert str(error.value) == fault


def test_the_question_shows_what_the_schema_asks_for() -> None:
    objects = SCHEMA["properties"]["objects"]["items"]
    assert SCHEMA["required"] == ["objects", "setting", "text"]
    assert objects["required"] == ["name", "count", "colour"]
    assert SCHEMA["additionalProperties"] is objects["additionalProperties"] is False
    # An untouched form is no answer: its object has no name.
    with pytest.raises(NoFormError, match="has no name"):
        read_form(QUESTION)
