import pytest

from cmc.audit.agreement import FIELDS, agreement, match, same_setting, same_text
from cmc.audit.form import Form, FormObject
from cmc.audit.wording import colours_of, name_of, setting_words

GT = Form(
    (
        FormObject("bird", 3, "black and white"),
        FormObject("a boat", 1, "red"),
        FormObject("Boats", 2, "blue"),
        FormObject("person", 1, ""),
    ),
    "a sandy beach",
    ("Café", "OPEN"),
)
OTHER = Form(
    (
        FormObject("boat", 2, "blue"),
        FormObject("the birds", 2, "white"),
        FormObject("boat", 1, "orange"),
        FormObject("people", 1, ""),
        FormObject("tree", 1, "green"),
    ),
    "by the beach",
    ("cafe open",),
)


def test_every_field_has_the_value_worked_out_by_hand() -> None:
    # 4 pairs of 4 and 5 kinds; counts 2/3, 1, 1, 1; colours 1/2, 0, 1, 1; one letter of nine is another; of the
    # settings' words sand(y), beach and beach, one is in both.
    found = agreement(GT, OTHER)
    assert list(found) == list(FIELDS)
    assert found == pytest.approx(
        {"objects": 8 / 9, "counts": 11 / 12, "colours": 2.5 / 4, "text": 8 / 9, "setting": 2 / 3}
    )


def test_kinds_of_one_name_are_paired_by_their_colour_first() -> None:
    matching = match(GT, OTHER)
    assert [(gt.count, other.count) for gt, other in matching.pairs] == [(3, 2), (1, 1), (2, 2), (1, 1)]
    assert not matching.lost
    assert [kind.name for kind in matching.new] == ["tree"]


def test_a_form_agrees_with_itself_and_with_nothing_else() -> None:
    nothing = Form((), "", ())
    assert set(agreement(GT, GT).values()) == {1.0}
    assert set(agreement(nothing, nothing).values()) == {1.0}
    assert set(agreement(GT, nothing).values()) == {0.0}
    assert set(agreement(nothing, GT).values()) == {0.0}


def test_an_object_without_a_partner_counts_under_objects_alone() -> None:
    gt = Form((FormObject("dog", 2, "brown"), FormObject("cat", 5, "grey")), "", ())
    other = Form((FormObject("dog", 2, "brown"),), "", ())
    assert agreement(gt, other) == pytest.approx({"objects": 2 / 3, "counts": 1, "colours": 1, "text": 1, "setting": 1})


def test_the_character_error_is_of_the_ground_truths_characters() -> None:
    assert same_text(("SALE",), ("sale",)) == 1
    assert same_text(("abcd",), ("abxd",)) == 0.75
    assert same_text(("ab",), ("abcdefgh",)) == 0
    assert same_text(("two", "lines"), ("two  lines",)) == 1
    assert same_text((), ("x",)) == 0


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("The Dogs", "dog"),
        ("a traffic-lights", "traffic light"),
        ("buses", "bus"),
        ("bus", "bus"),
        ("glass", "glass"),
        ("glasses", "glass"),
        ("churches", "church"),
        ("berries", "berry"),
        ("houses", "house"),
        ("men", "man"),
        ("an", ""),
    ],
)
def test_names_are_compared_without_case_article_and_plural(written: str, name: str) -> None:
    assert name_of(written) == name


def test_colours_and_settings_are_compared_by_their_words() -> None:
    assert colours_of("Dark Gray and white") == {"grey", "white"}
    assert colours_of("") == set()
    assert setting_words("in the Mountains") == {"mountain"}
    assert same_setting("a sandy beach", "the beach") == pytest.approx(2 / 3)
