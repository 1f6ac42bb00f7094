"""The design, held against what it promises, for studies of any size."""

from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmc.core.errors import CMCError
from cmc.raters.design import Design, random_order, sessions_by_viewer, split_into_sessions
from cmc.raters.playlists import blocks, make_playlists, playlists_csv, read_playlists
from cmc.raters.rated_pictures import RatedPicture

PAPER = Design(20, 20, 400, training=8, dummies=3, aside=3, rest=100, step=0.1, seed=0)


def pictures(count: int, strata: int = 4, contents: int = 5) -> list[RatedPicture]:
    return [RatedPicture(f"t/full/{n:04}", f"s{n % strata}", f"i{n}", f"GT/{n % contents}.png") for n in range(count)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_picture_is_seen_by_exactly_as_many_viewers_and_by_none_twice(data: st.DataObject) -> None:
    viewers = data.draw(st.integers(1, 12))
    views = data.draw(st.integers(1, viewers))
    size = data.draw(st.integers(1, 9))
    rated = pictures(data.draw(st.integers(max(1, size * viewers // views), 120)))
    design = Design(viewers, views, size, training=2, dummies=1, aside=1, rest=9, step=0.1, seed=viewers)
    if -(-len(rated) // size) * views < viewers:
        with pytest.raises(CMCError, match="without any"):
            make_playlists(rated, pictures(200), design)
        return
    lists = make_playlists(rated, pictures(200), design)
    seen = Counter(one.picture for shown in lists.values() for one in shown if one.kind == "rated")
    assert seen == {picture.name: views for picture in rated}
    own = [[one.picture for one in shown if one.kind == "rated"] for shown in lists.values()]
    assert all(len(set(shown)) == len(shown) for shown in own)
    sessions = [len({one.session for one in shown if one.kind == "rated"}) for shown in lists.values()]
    assert max(sessions) - min(sessions) <= 1
    assert min(sessions) >= 1


def test_a_session_holds_the_same_pictures_for_all_and_as_many_of_each_stratum() -> None:
    rated = pictures(103, strata=4)
    sessions = split_into_sessions([picture.stratum for picture in rated], Design(6, 3, 20, 0, 0, 0, 9, 0.1, 5))
    assert sorted(chain.from_iterable(sessions)) == list(range(103))
    assert sorted(map(len, sessions)) == [17, 17, 17, 17, 17, 18]
    for stratum in range(4):
        counts = [sum(number % 4 == stratum for number in session) for session in sessions]
        assert max(counts) - min(counts) <= 1


def test_the_papers_study_comes_out_as_the_paper_states_it() -> None:
    # Appendix A.2: 4,000 pictures, 10 sessions of 400, 20 viewers, 160,000 scores.
    rated = pictures(4000, strata=40, contents=100)
    lists = make_playlists(rated, pictures(120), PAPER)
    shown = [one for playlist in lists.values() for one in playlist if one.kind == "rated"]
    assert 2 * len(shown) == 160_000
    assert Counter(one.session for one in lists["v07"] if one.kind == "rated") == dict.fromkeys(range(10), 400)
    assert [block.stop - block.start for block in blocks(lists["v20"])] == [8, *[403] * 10]


def test_orders_are_random_and_the_same_each_time() -> None:
    rated, aside = pictures(60), pictures(100)
    design = Design(4, 4, 30, 2, 2, 1, 9, 0.1, seed=3)
    lists = make_playlists(rated, aside, design)
    assert lists == make_playlists(rated, aside, design)
    orders = [[one.picture for one in shown if one.kind == "rated"] for shown in lists.values()]
    assert len({tuple(order) for order in orders}) == 4
    assert all(order != sorted(order) for order in orders)
    # Which session comes first differs too, for some of 20 viewers.
    assert len({tuple(own) for own in sessions_by_viewer(3, PAPER)}) > 3


def test_no_content_follows_itself_where_that_can_be() -> None:
    generator = PAPER.generator("test")
    for _ in range(200):
        contents = [generator.randint(0, 3) for _ in range(generator.randint(2, 9))]
        order = random_order(range(len(contents)), contents, generator)
        assert sorted(order) == list(range(len(contents)))
        follows = any(contents[one] == contents[two] for one, two in pairwise(order))
        # It can be where nothing is more than every other picture.
        assert follows == (2 * max(Counter(contents).values()) > len(contents) + 1)


def test_lists_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    lists = make_playlists(pictures(10), pictures(20), Design(2, 1, 5, 2, 1, 1, 9, 0.1, 0))
    path = tmp_path / "playlists.csv"
    path.write_text(playlists_csv(lists), encoding="utf-8")
    assert read_playlists(path) == lists
    path.write_text(playlists_csv(lists).replace("v01,1,", "v01,2,"), encoding="utf-8")
    with pytest.raises(CMCError, match="line 3: expected place 1 of v01"):
        read_playlists(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"views": 21}, "21 views of a picture need as many viewers, found 20; raise --viewers, or lower --views"),
        ({"step": 0.3}, "expected a step of 0.1"),
        ({"step": 0.05}, "expected a step of 0.1"),
    ],
)
def test_designs_that_cannot_be_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        Design(**{**vars(PAPER), **changes})


def test_too_few_pictures_aside_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(CMCError, match="take 38 pictures, and 37 are"):
        make_playlists(pictures(4000), pictures(37), PAPER)
