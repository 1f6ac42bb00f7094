import pytest

from cmc.core.errors import CMCError
from cmc.maps.names import names_of


def test_names_are_those_of_the_items_in_order() -> None:
    assert names_of("[red lantern] of paper\n[Two people] walking\n[overall] A street.") == [
        "red lantern",
        "Two people",
    ]
    assert names_of("Lantern, people, stones.\nOf paper.\nWalking.\nWet.\nA street.") == ["Lantern", "people", "stones"]


@pytest.mark.parametrize("text", ["", "A cat, asleep on a mat.", "a, b, c, d.\nMore.", "[overall] A street."])
def test_other_captions_name_no_items(text: str) -> None:
    with pytest.raises(CMCError, match=r"expected the names of items, found (a plain caption|none); caption it anew"):
        names_of(text)
