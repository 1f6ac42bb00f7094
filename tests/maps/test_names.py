import pytest

from cmc.core.errors import CMCError
from cmc.maps.names import names_of


def test_names_are_those_of_the_first_line_in_order() -> None:
    assert names_of("\n red lantern, Two people,wet stones. \n\nA lantern.\nThey walk.") == [
        "red lantern",
        "Two people",
        "wet stones",
    ]
    assert names_of("Cat.\nIt sleeps.") == ["Cat"]


@pytest.mark.parametrize("text", ["", "A cat, asleep on a mat.", "a, b, c, d.\nMore.", " .\nMore."])
def test_other_captions_name_no_items(text: str) -> None:
    with pytest.raises(CMCError, match="expected a first line of 1 to 3 names"):
        names_of(text)
