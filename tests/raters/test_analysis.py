"""An analysis whole: pictures and methods that end up without a score are left out, and said."""

from pathlib import Path

import numpy as np
import pytest

from cmc.core.errors import CMCError
from cmc.raters.analysis import Analysis, AnalysisSettings, analyse
from cmc.raters.analysis_tables import mos_table, opinions_table
from cmc.raters.panel import panel, simulate
from cmc.raters.picture_names import Located, picture_names
from cmc.raters.screening import NONE, Screening
from cmc.raters.votes import Vote
from tests.raters.tables import known_quality

ALONE = "real/full/alone"


def analysis_of(votes: list[Vote], **settings: object) -> Analysis:
    return analyse(votes, AnalysisSettings(**settings))["consistency"]  # type: ignore[arg-type]


def test_a_picture_that_only_who_went_voted_on_has_no_score() -> None:
    votes = simulate({"consistency": known_quality(30)}, panel(careful=4, careless=1))
    analysis = analysis_of([*votes, Vote("careless-01", 0, ALONE, "consistency", 3.0)])
    assert list(analysis.screened.gone) == ["careless-01"]
    rows = [row for row in mos_table({"consistency": analysis}).rows if row[0] == ALONE]
    assert [row[2:] for row in rows] == [[method, "", "", "", "0"] for method in analysis.scores]
    files = {picture: (Path("a.png"), Path("b.png")) for picture in analysis.screened.table.pictures}
    table = opinions_table(analysis, "paper", Located(files, []), Path())
    assert len(table.rows) == 30 == len(analysis.screened.table.pictures) - 1


def test_a_method_without_any_score_is_refused_if_it_was_chosen() -> None:
    """Three viewers, one of them nearly without noise, whose votes the likelihood takes for the truth."""
    rng = np.random.default_rng(1)
    quality = rng.uniform(1, 4, 300)
    votes = [
        Vote(f"v{viewer}", 0, picture, "consistency", float(np.clip(value + noise * rng.normal(), 0, 5)))
        for picture, value in zip((f"real/full/p{n:03}" for n in range(300)), quality, strict=True)
        for viewer, noise in enumerate((0.02, 0.8, 0.9))
    ]
    screening = Screening(NONE)
    assert np.isfinite(analysis_of(votes, screening=screening).scores["paper"].mos).all()
    with pytest.raises(CMCError, match="consistency: no picture has a score by likelihood"):
        analysis_of(votes, screening=screening, method="likelihood")


@pytest.mark.parametrize("name", ["full/a", "real/full/a/b", "real/half/a", "real/full/", "../full/a"])
def test_what_is_no_name_of_a_picture(name: str) -> None:
    with pytest.raises(CMCError):
        picture_names([name])


def test_names_in_their_parts() -> None:
    (parts,) = picture_names(["real/pixel/NSI_pgc_002"]).values()
    assert (parts.target, parts.mode, parts.key) == ("real", "pixel", "NSI_pgc_002")
