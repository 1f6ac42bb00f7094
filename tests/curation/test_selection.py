from dataclasses import replace
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.curation.candidates import Candidate
from cmc.curation.measures import Measures
from cmc.curation.plan import BEST, COUNTS, Criteria, Group, Plan, count_of
from cmc.curation.selection import STAYS, Verdict, select, shortfalls

FOLDERS = (Path("photos"),)


def candidate(number: int, group: str = "NSI/ugc", score: float | None = None, **facts: object) -> Candidate:
    """One unlike all others."""
    # Every byte differs from another number's in more bits than near-duplicates may.
    measures = Measures(640, 480, 90, 0.1, f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}")
    measures = replace(measures, **{name: facts.pop(name) for name in list(facts) if hasattr(measures, name)})
    file = f"photos/{number:03}.jpg"
    return replace(Candidate(group, file, Path(file), f"{number:032x}", measures, score), **facts)


def plan(count: int, seed: int = 0, **criteria: object) -> Plan:
    return Plan([Group("NSI/ugc", FOLDERS, count, Criteria(**criteria))], "", seed=seed)  # type: ignore[arg-type]


def chosen(verdicts: list[Verdict]) -> list[str]:
    return [verdict.candidate.file for verdict in verdicts if verdict.name]


@pytest.mark.parametrize(
    ("facts", "criteria", "reason"),
    [
        ({}, {}, STAYS),
        ({"fault": "damaged"}, {}, "unreadable: damaged"),
        ({"width": 100}, {"least_side": 101}, "size: the shorter side has 100 pixels, under 101"),
        ({"width": 100}, {"least_side": 100}, STAYS),
        ({"height": 5000}, {"largest_side": 4096}, "size: the longer side has 5,000 pixels, over 4,096"),
        ({"jpeg_quality": 74}, {"jpeg_quality": 75}, "JPEG quality: 74, under 75"),
        ({"jpeg_quality": None}, {"jpeg_quality": 75}, STAYS),
        ({"blocking": 0.31}, {"blocking": 0.25}, "blocking: 0.310, over 0.25"),
        ({"score": 0.5}, {"least": 0.5}, STAYS),
        ({"score": 0.49}, {"least": 0.5}, "score: 0.4900, under 0.5"),
        ({"unscored": "too small"}, {"least": 0.5}, "unscored: too small"),
        ({"unscored": "too small"}, {}, STAYS),
        ({"veto": "a watermark"}, {}, "veto: a watermark"),
    ],
)
def test_what_a_candidate_goes_for(facts: dict[str, object], criteria: dict[str, object], reason: str) -> None:
    (verdict,) = select(plan(1, **criteria), [candidate(1, **facts)])
    assert verdict.reason == reason
    assert bool(verdict.name) == (reason == STAYS)


def test_where_less_is_better_the_least_is_the_most() -> None:
    good, bad = select(plan(2, least=5.0), [candidate(1, score=4.0), candidate(2, score=6.0)], higher_is_better=False)
    assert good.reason == STAYS
    assert bad.reason == "score: 6.0000, over 5 (less is better)"


def test_a_share_is_of_what_is_fit_but_for_it() -> None:
    scored = [candidate(number, score=number / 10) for number in range(5)]
    small = candidate(9, score=0.9, width=8)
    verdicts = select(plan(9, share=0.5, least_side=100), [*scored, small])
    assert chosen(verdicts) == [scored[place].file for place in (2, 3, 4)]
    assert verdicts[0].reason == "share: 5 of 5 by score, the best 3 stay"


def test_of_near_duplicates_the_better_stays_in_whichever_group() -> None:
    near, far = f"{0b1111:016x}", f"{0xFFFFF:016x}"
    first = candidate(1, "NSI/pgc", hash=f"{0:016x}", width=300)
    twins = [candidate(2, "NSI/ugc", hash=near), candidate(3, "NSI/pgc", hash=near), candidate(4, "NSI/pgc", hash=far)]
    groups = [Group(name, FOLDERS, 9) for name in ("NSI/pgc", "NSI/ugc")]
    verdicts = select(Plan(groups, ""), [first, *twins])
    assert chosen(verdicts) == ["photos/003.jpg", "photos/004.jpg"]
    assert verdicts[0].reason == "near-duplicate: of photos/003.jpg, 4 of 64 bits differ"
    assert verdicts[1].reason == "near-duplicate: of photos/003.jpg, 0 of 64 bits differ"
    assert select(Plan(groups, "", distance=4), [first, *twins]) == verdicts
    loose = select(Plan(groups, "", distance=3), [first, *twins])
    assert chosen(loose) == ["photos/001.jpg", "photos/003.jpg", "photos/004.jpg"]


def test_a_veto_holds_for_what_looks_the_same() -> None:
    vetoed = candidate(1, hash="0" * 16, veto="a face", width=900)
    first, second = select(plan(2), [vetoed, candidate(2, hash="0" * 16)])
    assert first.reason == "veto: a face"
    assert second.reason == "near-duplicate: of photos/001.jpg, which is vetoed, 0 of 64 bits differ"


def test_the_draw_is_the_seed_s_and_no_neighbour_s() -> None:
    every = [candidate(number) for number in range(40)]
    first = chosen(select(plan(10), every))
    assert len(first) == 10
    assert chosen(select(plan(10), every[::-1]))[::-1] == first
    assert chosen(select(plan(10, seed=1), every)) != first
    without = [one for one in every if one.file != first[0]]
    again = chosen(select(plan(10), without))
    assert len(set(again) - set(first)) == 1
    left = select(plan(10), every)[next(n for n in range(40) if every[n].file not in first)]
    assert left.reason == "not drawn: 10 are wanted, 40 would do"


def test_the_best_are_picked_where_that_is_asked() -> None:
    scored = [candidate(number, score=number % 7) for number in range(14)]
    assert chosen(select(plan(2, pick=BEST), scored)) == ["photos/006.jpg", "photos/013.jpg"]
    assert chosen(select(plan(2, pick=BEST), scored, higher_is_better=False)) == ["photos/000.jpg", "photos/007.jpg"]


def test_names_are_the_benchmark_s() -> None:
    groups = [Group("NSI/pgc", FOLDERS, 2), Group("AIGI/MJ", FOLDERS, 1)]
    verdicts = select(Plan(groups, ""), [candidate(3, "NSI/pgc"), candidate(1, "NSI/pgc"), candidate(2, "AIGI/MJ")])
    assert [verdict.name for verdict in verdicts] == ["NSI_pgc_001.png", "NSI_pgc_000.png", "AIGI_MJ_000.png"]


def test_what_is_missing_is_counted() -> None:
    groups = [Group("NSI/pgc", FOLDERS, 2), Group("NSI/ugc", FOLDERS, 1)]
    two = Plan(groups, "")
    assert shortfalls(two, select(two, [candidate(1, "NSI/ugc")])) == {"NSI/pgc": 2}


def test_the_paper_s_counts() -> None:
    kinds = {kind: sum(n for name, n in COUNTS.items() if name.startswith(kind)) for kind in ("NSI", "SCI", "AIGI")}
    assert kinds == {"NSI": 400, "SCI": 300, "AIGI": 300}
    assert (COUNTS["NSI/pgc"], COUNTS["SCI/movie"], COUNTS["AIGI/Pixart"]) == (200, 100, 50)
    assert count_of("NSI/pgc", {"NSI/pgc": 3}) == 3
    with pytest.raises(CMCError, match="the paper has no NSI/mine; say how many"):
        count_of("NSI/mine", {})


@pytest.mark.parametrize("name", ["NSI", "NSI/", "nsi/pgc", "NSI/p_c", "NSI/a/b", "other/x"])
def test_a_group_is_a_type_and_a_word(name: str) -> None:
    with pytest.raises(CMCError, match="no content type and subtype"):
        Group(name, FOLDERS, 1)
