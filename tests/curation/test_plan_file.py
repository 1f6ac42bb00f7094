from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.curation.plan import Criteria, Group
from cmc.curation.plan_file import read_plan

DEFAULTS = Criteria(jpeg_quality=80)


def plan(folder: Path, text: str) -> list[Group]:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, DEFAULTS)


def test_a_table_a_subtype_over_what_stands_at_the_head_over_the_flags(tmp_path: Path) -> None:
    pgc, ugc = plan(
        tmp_path,
        """
        least_side = 512
        share = 1
        [NSI.pgc]
        from = "clic"
        [NSI.ugc]
        from = ["coco/train", "coco/val"]
        count = 7
        share = 0.5
        pick = "best"
        """,
    )
    assert pgc == Group("NSI/pgc", [tmp_path / "clic"], 200, Criteria(least_side=512, share=1, jpeg_quality=80))
    assert (ugc.name, ugc.count) == ("NSI/ugc", 7)
    assert ugc.folders == [tmp_path / "coco/train", tmp_path / "coco/val"]
    assert ugc.criteria == Criteria(least_side=512, share=0.5, jpeg_quality=80, pick="best")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[NSI.pgc", "is no plan in TOML"),
        ("[NSI.pgc]", r'\[NSI.pgc\]: expected from = "folder"'),
        ("[NSI.pgc]\nfrom = 'a'\nleast_size = 3", "unknown entry least_size; known: least, share, least_side"),
        ("[NSI.pgc]\nfrom = 'a'\nleast_side = '3'", "least_side: expected a whole number from 1, found '3'"),
        ("[NSI.pgc]\nfrom = 'a'\ncount = 0", "count: expected a whole number from 1, found 0"),
        ("[NSI.pgc]\nfrom = 'a'\nshare = 1.5", "share: expected a number over 0 and up to 1, found 1.5"),
        ("[NSI.pgc]\nfrom = 'a'\nleast = nan", "least: expected a number, found nan"),
        ("[NSI.pgc]\nfrom = 'a'\npick = 'worst'", "pick: expected random or best, found 'worst'"),
        ("[NSI]\npgc = 'a'", "expected a table of a subtype, found a str"),
        ("[NSI.mine]\nfrom = 'a'", "the paper has no NSI/mine"),
        ("[photos.pgc]\nfrom = 'a'\ncount = 3", "no content type and subtype"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CMCError, match=message):
        plan(tmp_path, text)
