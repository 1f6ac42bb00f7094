"""Viewers who are made up sit in a real study, before the real server, and say that they are."""

from itertools import islice
from pathlib import Path

import pytest

from cmc.cli.demo_rate import vote
from cmc.cli.rate import main
from cmc.core.errors import CMCError
from cmc.core.run_file import read_run
from cmc.raters.client import Client
from cmc.raters.make_study import signer_of
from cmc.raters.panel import simulate
from cmc.raters.simulated import NO_SCREEN, quality_by, simulated_panel, sit
from cmc.raters.stored_votes import read_ballots, read_consents, read_scores
from cmc.raters.study_folder import DATABASE, RatingStudy, load_study
from cmc.raters.votes import DIMENSIONS, read_votes
from cmc.stages.evaluate import Score
from tests.conftest import blur_all, fill
from tests.raters.small_study import served

VIEWERS = simulated_panel(careful=2, inverted=1)
PATIENCE = 5.0
SIZE = ["--session", "4", "--training", "1", "--dummies", "1", "--aside", "2"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> RatingStudy:
    root = tmp_path_factory.mktemp("simulated")
    names = root / "viewers.txt"
    names.write_text("\n".join(viewer.name for viewer in VIEWERS), encoding="utf-8")
    fill(root)
    blur_all(root, "soft", {"full": 2, "text": 8})
    who = ["--viewer_codes", str(names), "--step", "0.5"]
    assert main(["make", "soft", "--root", str(root), *SIZE, *who]) == 0
    return load_study(root / "Rating")


@pytest.fixture(scope="module")
def quality(study: RatingStudy) -> dict:
    """By scores from 0 up, in the order of the pictures' names; perception the other way round."""
    names = sorted(study.pictures)
    parts = [name.split("/") for name in names]
    return dict(quality_by([Score(f"{k}.png", t, m, {"fr": n, "nr": -n}) for n, (t, m, k) in enumerate(parts)]))


def test_their_votes_are_the_panels_in_the_steps_of_the_study(study: RatingStudy, quality: dict) -> None:
    database = study.folder / DATABASE
    with served(study) as running:
        # One has begun already; who is late goes on there.
        token = signer_of(study).token(VIEWERS[0].name)
        begun = Client(running.port, token, NO_SCREEN, PATIENCE)
        assert [ballot.place for ballot in islice(begun.sit(lambda place: dict.fromkeys(DIMENSIONS, 2.5)), 1)] == [0]
        total = sum(map(len, study.playlists.values()))
        assert sit(study, running.port, VIEWERS, quality) == total - 1
        assert sit(study, running.port, VIEWERS, quality) == 0
        with pytest.raises(CMCError, match="the server refuses picture/99/reference"):
            begun.ask("GET", "picture/99/reference")
    expected = {
        (vote.viewer, vote.picture, vote.dimension): round(vote.score, 6)
        for vote in simulate(quality, VIEWERS, step=0.5)
        if vote.picture in {one.picture for one in study.playlists[vote.viewer]}
    }
    first = study.playlists[VIEWERS[0].name][0].picture
    expected |= {(VIEWERS[0].name, first, dimension): 2.5 for dimension in DIMENSIONS}
    assert read_scores(database) == expected
    assert read_consents(database) == {viewer.name for viewer in VIEWERS}
    assert {one.display for one in read_ballots(database)} == {NO_SCREEN}


def test_the_demo_votes_over_the_command_that_it_shows(
    study: RatingStudy, quality: dict, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    database = study.folder / DATABASE
    done = len(read_ballots(database)) if database.is_file() else 0
    assert vote(study.folder, VIEWERS, quality) == sum(map(len, study.playlists.values())) - done
    out = capfd.readouterr().out
    assert f"$ python -m cmc rate serve --study {study.folder} --port " in out
    assert "listening on" in out
    assert main(["export", "--study", str(study.folder), "--to", str(tmp_path)]) == 0
    voters = {vote.viewer for vote in read_votes(tmp_path / "votes.csv")}
    assert voters == {"simulated-careful-01", "simulated-careful-02", "simulated-inverted-01"}
    words = ["analyse", str(tmp_path / "votes.csv"), "--root", str(study.folder.parent), "--screen", "none"]
    assert main(words) == 0
    assert "SIMULATED: 3 of the viewers are no people" in capfd.readouterr().out
    assert read_run(tmp_path / "analysis" / "run.json")["outcome"]["simulated_viewers"] == sorted(voters)


def test_a_server_that_is_gone_is_told() -> None:
    with pytest.raises(CMCError, match="no answer from the server on port 1 for"):
        Client(1, "token", NO_SCREEN, patience=0.1).ask("GET", "state")


@pytest.mark.parametrize("text", ["", "v01\nv 02\n", "v01/..\n", "a\nb\na\n"])
def test_codes_that_cannot_stand_in_links_are_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "names.txt").write_text(text, encoding="utf-8")
    words = ["make", "soft", "--root", str(tmp_path), "--viewer_codes", str(tmp_path / "names.txt")]
    assert main(words) == 2
    assert "names.txt: " in capsys.readouterr().err
