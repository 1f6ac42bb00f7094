"""The rating page by HTTP, from a real server: who may see and do what, and when."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from cmc.cli.rate import main
from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.lock import one_writer
from cmc.raters.client import document
from cmc.raters.desk import AHEAD
from cmc.raters.export import export_votes
from cmc.raters.limits import RateLimit
from cmc.raters.server import listen, opened
from cmc.raters.stored_votes import read_ballots, read_consents, read_scores
from cmc.raters.study_folder import load_study
from cmc.raters.texts import PACKAGED, read_texts
from cmc.raters.votes import read_votes
from tests.raters.small_study import FLAGS, Client, Served, ballot, flagged, save_study, served


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(save_study(tmp_path_factory.mktemp("web"))) as running:
        yield running


@pytest.fixture
def stranger(web: Served) -> Client:
    return Client(web.port, "v01-" + "0" * 32)


def test_a_viewer_rates_corrects_and_goes_on_elsewhere(web: Served) -> None:
    viewer = web.client("v01")
    assert viewer.state["consented"] is False
    assert viewer.ask("picture/0/reference")[0] == viewer.cast(ballot(0, 1))[0] == 403
    viewer.agree()
    assert json.loads(viewer.cast(ballot(0, 1))[1]) == {"done": 1}
    assert json.loads(viewer.cast(ballot(0, 1))[1]) == {"done": 1}
    assert viewer.cast(flagged(ballot(1, 2)))[0] == 200
    assert viewer.cast(ballot(1, 3, 4.4, replaces=2))[0] == 200
    state = viewer.state
    assert (state["consented"], state["done"]) == (True, 2)
    last = {"id": f"{3:032x}", "place": 1, "offensive": False, "scores": {"consistency": 4.4, "perception": 2.0}}
    assert state["last"] == last
    assert [(one["start"], one["stop"], one["session"]) for one in state["blocks"]] == [
        (0, 2, None),
        (2, 6, 1),
        (6, 10, 2),
        (10, 14, 3),
    ]


def test_both_pictures_come_as_they_are(web: Served) -> None:
    viewer = web.client("v02")
    viewer.agree()
    shown = web.study.pictures[web.study.playlists["v02"][0].picture]
    for side, name in (("reconstruction", shown.image), ("reference", shown.reference)):
        status, data = viewer.ask(f"picture/0/{side}")
        assert status == 200
        assert data == (web.study.folder / name).read_bytes()


def test_nothing_is_seen_or_rated_before_its_turn(web: Served) -> None:
    viewer = web.client("v02")
    viewer.agree()
    done = viewer.state["done"]
    assert viewer.ask(f"picture/{done + AHEAD}/reference")[0] == 200
    assert viewer.ask(f"picture/{done + AHEAD + 1}/reference") == (403, b"this picture comes later\n")
    assert viewer.ask("picture/14/reference")[0] == viewer.cast(ballot(14, 9))[0] == 403
    status, said = viewer.cast(ballot(done + 1, 9))
    assert status == 409
    assert said.startswith(b"pictures are rated in their order")


@pytest.mark.parametrize(
    ("changes", "status"), [({"consistency": 2.55}, 400), ({"perception": 6}, 400), ({"viewer": "v01"}, 400)]
)
def test_ballots_that_are_none_are_refused_in_plain_words(web: Served, changes: dict, status: int) -> None:
    viewer = web.client("v02")
    viewer.agree()
    answer = viewer.ask("ballots", json.dumps({**document(ballot(0, 1)), **changes}))
    assert answer[0] == status
    assert answer[1].startswith(b"expected ")
    assert viewer.ask("ballots", b"[" * 3000)[0] == 400
    assert viewer.ask("ballots", b" " * 5000)[0] == 413
    assert viewer.ask("consent", "klingon")[0] == 400
    assert viewer.state["done"] == 0


def test_no_viewer_sees_or_writes_anothers_votes(web: Served) -> None:
    one, two = web.client("v01"), web.client("v02")
    two.agree()
    before = one.state
    assert two.cast(ballot(0, 77, 0.3))[0] == 200
    assert one.state == before
    assert two.state["last"]["id"] == f"{77:032x}"
    mixed = Client(web.port, one.token[:3] + two.token[3:])
    assert mixed.ask("state") == (404, b"no such link\n")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/assets/texts.toml",
        "/assets/page.html",
        "/secret",
        "/votes.sqlite",
        "picture/../../secret",
        "picture/0/..%2f..%2fsecret",
        "picture/0/secret",
        "picture/-1/reference",
        "picture/0x1/reference",
        "example/..%2f..%2fsecret",
        "example/none",
        quote("/\udcff", errors="surrogateescape"),
    ],
)
def test_no_path_leads_out_of_what_is_shown(web: Served, path: str) -> None:
    viewer = web.client("v03")
    viewer.agree()
    status, said = viewer.ask(path)
    assert status in (404, 403, 429)
    assert b"Traceback" not in said
    assert (web.study.folder / "secret").read_bytes().strip() not in said


def test_a_forged_link_opens_nothing(web: Served, stranger: Client) -> None:
    asked = ["", "state", "picture/0/reference", "example/same"]
    assert {stranger.ask(path)[0] for path in asked} <= {404, 429}
    assert stranger.cast(ballot(0, 5))[0] in (404, 429)
    assert stranger.ask("consent", "en")[0] in (404, 429)
    # Many wrong ones are slowed down; a right one from the same address is not.
    assert 429 in {stranger.ask("state")[0] for _ in range(25)}
    assert web.client("v03").ask("state")[0] == 200


def test_the_page_loads_nothing_from_elsewhere(web: Served) -> None:
    page = web.client("v03").ask("")[1].decode()
    assert re.findall(r"(?:src|href)=\"(?!/assets/|example/|data:,)", page) == []
    assert "http" not in page
    for name in re.findall(r"/assets/([\w.]+)", page):
        assert web.client("v03").ask(f"/assets/{name}")[0] == 200


def test_votes_are_exported_without_training_and_dummies(
    web: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    viewer, shown = web.client("v03"), web.study.playlists["v03"]
    with pytest.raises(CMCError, match="no picture that counts is rated yet"):
        export_votes(web.study, tmp_path)
    viewer.agree()
    for place in range(6):
        assert viewer.cast(flagged(ballot(place, 100 + place)))[0] == 200
    assert main(["export", "--study", str(web.study.folder), "--to", str(tmp_path)]) == 0
    assert f"{tmp_path / 'votes.csv'}: 6 of 54 votes" in capsys.readouterr().out
    rated = [showing for showing in shown[:6] if showing.kind == "rated"]
    assert len(rated) == 3
    votes = read_votes(tmp_path / "votes.csv")
    assert [(vote.viewer, vote.session, vote.picture, vote.dimension, vote.score) for vote in votes] == [
        ("v03", showing.session, showing.picture, dimension, score)
        for showing in rated
        for dimension, score in (("consistency", 3.7), ("perception", 2.0))
    ]
    flags = (tmp_path / "flags.csv").read_text(encoding="utf-8").splitlines()
    assert flags == ["viewer,picture", *(f"v03,{showing.picture}" for showing in rated)]
    kept = (tmp_path / "showings.csv").read_text(encoding="utf-8").splitlines()
    assert kept[1].split(",")[4:] == ["900.0", "1.0", "1.0", "1920.0", "1080.0", "1900.0", "1000.0"]
    capsys.readouterr()
    assert main(["status", "--study", str(web.study.folder)]) == 0
    row = next(line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("v03"))
    assert row[:8] == ["v03", "under", "way", "6", "8", "0.9", "s", "6"]


def test_a_changed_picture_is_not_shown_and_not_served_again(tmp_path: Path) -> None:
    study = save_study(tmp_path)
    shown = study.pictures[study.playlists["v01"][0].picture]
    with served(study) as running:
        viewer = running.client("v01")
        viewer.agree()
        load_rgb(study.folder / shown.image).rotate(180).save(study.folder / shown.image)
        status, said = viewer.ask("picture/0/reconstruction")
        assert (status, viewer.ask("picture/0/reference")[0]) == (503, 200)
        assert said.startswith(b"this picture is not the one of the study any more")
        assert Image.open(io.BytesIO(viewer.ask("picture/0/reference")[1])).format == "PNG"
        # Nothing of what was kept gets lost meanwhile.
        assert viewer.cast(ballot(0, 1))[0] == 200
    assert len(read_ballots(study.folder / "votes.sqlite")) == 1
    assert len(read_scores(study.folder / "votes.sqlite")) == 2
    assert main(["serve", "--study", str(study.folder), "--port", "0"]) == 2


def test_who_withdraws_is_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = save_study(tmp_path)
    words = ["forget", "v02", "--study", str(study.folder)]
    with served(study) as running:
        for viewer in ("v01", "v02"):
            running.client(viewer).agree()
            assert running.client(viewer).cast(ballot(0, int(viewer[1:]), 1.3))[0] == 200
    assert main(["forget", "v09", "--study", str(study.folder)]) == 2
    assert "no viewer 'v09'" in capsys.readouterr().err
    assert main(words) == 0
    assert "v02: 1 rated picture(s) deleted" in capsys.readouterr().out
    assert {one.viewer for one in read_ballots(study.folder / "votes.sqlite")} == {"v01"}
    assert read_consents(study.folder / "votes.sqlite") == {"v01"}
    assert f"{2:032x}".encode() not in (study.folder / "votes.sqlite").read_bytes()


def test_a_study_has_one_server(web: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with one_writer(web.study.folder, "…"):
        assert main(["serve", "--study", str(web.study.folder)]) == 2
    assert "is being written by process" in capsys.readouterr().err


def test_one_port_has_one_server(web: Served) -> None:
    with pytest.raises(CMCError, match=r"cannot be listened on .*; name another --host or --port"):
        listen("127.0.0.1", web.port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(CMCError, match=r"ports are 0 to 65535"):
        listen("127.0.0.1", port)


def test_links_are_written_anew_for_another_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = save_study(tmp_path)
    table = study.folder / "links.csv"
    before = table.read_text(encoding="utf-8")
    words = ["serve", "--study", str(study.folder), "--port", "-1", "--url"]
    assert main([*words, "https://lab.example"]) == 2
    after = table.read_text(encoding="utf-8")
    assert after == before.replace("http://localhost:8000", "https://lab.example") != before
    with pytest.raises(SystemExit):
        main([*words, "lab.example"])
    assert "expected an address, as http://localhost:8000, found 'lab.example'" in capsys.readouterr().err


def test_votes_of_another_plan_are_not_taken_for_this_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = save_study(tmp_path)
    with served(study) as running:
        running.client("v01").agree()
        for place in range(4):
            assert running.client("v01").cast(ballot(place, place))[0] == 200
    (study.folder / "plan.json").unlink()
    assert main(["make", "soft", "softer", "--root", str(tmp_path), *FLAGS, "--seed", "1"]) == 0
    for way in ("export", "status"):
        assert main([way, "--study", str(study.folder)]) == 2
        assert "votes.sqlite holds votes of another plan" in capsys.readouterr().err


def test_limits_let_through_what_they_say() -> None:
    now = 0.0
    limit = RateLimit(rate=2, burst=3, clock=lambda: now)
    assert [limit.allows("a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert limit.allows("b")
    now = 1.0
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]


def test_texts_of_a_study_must_be_whole(tmp_path: Path) -> None:
    texts = read_texts(PACKAGED)
    assert sorted(texts) == ["en", "zh"]
    assert texts["en"].keys() == texts["zh"].keys()
    own, packaged = tmp_path / "texts.toml", PACKAGED.read_text(encoding="utf-8")
    for old, new, message in (
        ('agree = "I', 'argee = "I', "lacks agree"),
        ("about {minutes} min", "about {hours} min", "blanks in left"),
        ('title = "Pic', "title = Pic", "is no TOML"),
    ):
        own.write_text(packaged.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(CMCError, match=message):
            read_texts(own)


def test_a_study_with_votes_is_not_opened_with_another_plan(tmp_path: Path) -> None:
    study = save_study(tmp_path)
    with opened(study):
        pass
    plan = study.folder / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace('"rest": 3', '"rest": 4'), encoding="utf-8")
    with pytest.raises(CMCError, match="votes of another plan"), opened(load_study(study.folder)):
        pass
