"""What `cmc rate make` lays out, and what it refuses."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.rate import main
from cmc.core.errors import CMCError
from cmc.core.files import sha256
from cmc.core.images import load_rgb, save_png
from cmc.core.origin import DIGITS, Origin
from cmc.raters.examples import NAMES
from cmc.raters.rated_pictures import copy_picture
from cmc.raters.study_folder import RatingStudy, load_study
from tests.conftest import blur_all, photo
from tests.raters.small_study import FLAGS, save_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RatingStudy:
    return save_study(tmp_path_factory.mktemp("made"))


@pytest.fixture
def study(made: RatingStudy, tmp_path: Path) -> RatingStudy:
    """A copy of a test's own."""
    shutil.copytree(made.folder.parent, tmp_path / "root")
    return load_study(tmp_path / "root" / "Rating")


def test_pictures_are_copied_with_their_digests_under_the_names_that_votes_have(made: RatingStudy) -> None:
    rated = Counter(
        showing.picture for shown in made.playlists.values() for showing in shown if showing.kind == "rated"
    )
    assert set(rated.values()) == {3}
    decoded = Counter(name.rpartition("/")[0] for name in rated)
    assert decoded == {"soft/full": 3, "soft/text": 3, "softer/full": 3}
    for name, picture in made.pictures.items():
        key = name.rpartition("/")[2]
        assert (picture.image, picture.reference) == (f"Result/{name}.png", f"GT/{key}.png")
        copy, source = made.folder / picture.image, made.folder.parent / picture.image
        assert load_rgb(copy).tobytes() == load_rgb(source).tobytes()
        assert picture.image_digest == sha256(copy)[:DIGITS]
    made.refuse_changed()


def test_ground_truths_kept_aside_are_rated_by_nobody(made: RatingStudy) -> None:
    contents = {
        kind: {one.picture.rpartition("/")[2] for shown in made.playlists.values() for one in shown if one.kind == kind}
        for kind in ("training", "dummy", "rated")
    }
    assert len(contents["rated"]) == 3
    assert not contents["rated"] & (contents["training"] | contents["dummy"])


def test_links_secret_texts_and_examples_are_there(made: RatingStudy) -> None:
    names = {path.name for path in made.folder.iterdir()}
    assert names >= {"plan.json", "secret", "links.csv", "links.html", "texts.toml", "examples"}
    links = (made.folder / "links.csv").read_text(encoding="utf-8").splitlines()
    assert len(links) == 4
    assert {path.stat().st_mode & 0o777 for path in made.folder.glob("links.*")} == {0o600}
    assert links[1].startswith("v01,http://localhost:8000/v01-")
    assert links[1].partition(",")[2] in (made.folder / "links.html").read_text(encoding="utf-8")
    same, blurred, other = (np.asarray(load_rgb(made.folder / "examples" / f"{name}.png"), float) for name in NAMES)
    assert (same[:, :240] == same[:, -240:]).all()
    assert 1 < np.abs(blurred[:, :240] - same[:, :240]).mean() < np.abs(other[:, :240] - same[:, :240]).mean()


def test_the_same_seed_makes_the_same_study_but_for_its_secret(made: RatingStudy, study: RatingStudy) -> None:
    again = study.folder.with_name("again")
    words = ["make", "soft", "softer", "--root", str(study.folder.parent), *FLAGS, "--study", str(again)]
    assert main(words) == 0
    for name in ("plan.json", "pictures.csv", "playlists.csv"):
        assert (again / name).read_bytes() == (made.folder / name).read_bytes()
    assert (again / "secret").read_bytes() != (made.folder / "secret").read_bytes()
    assert main([*words[:-1], str(study.folder.with_name("other")), "--seed", "1"]) == 0
    assert (study.folder.with_name("other") / "playlists.csv").read_bytes() != (again / "playlists.csv").read_bytes()


def test_one_decoder_at_several_strengths_gives_each_picture_once(
    study: RatingStudy, capsys: pytest.CaptureFixture[str]
) -> None:
    root = study.folder.parent
    blur_all(root, "strong", {"full": 6, "text": 6})
    words = ["make", "soft,strong", "softer", "--root", str(root), *FLAGS, "--study", str(root / "mixed")]
    assert main([*words, "--viewers", "1", "--mode", "full", "--training", "1"]) == 0
    said = capsys.readouterr().out
    assert "6 pictures in 2 session(s), each rated by 1 of 1 viewers\n" in said
    assert "a viewer: 2 session(s), about 1 min the longest; in all 12 scores" in said
    assert "BT.500 asks for 15 viewers" in said
    mixed = load_study(root / "mixed")
    pairs = Counter((one.stratum, one.reference) for one in mixed.pictures.values())
    assert set(pairs.values()) == {1}
    assert {one.stratum for one in mixed.pictures.values()} == {"soft,strong/full", "softer/full"}
    assert {name.split("/")[0] for name in mixed.pictures} == {"soft", "strong", "softer"}


def test_a_study_is_never_made_over_another(study: RatingStudy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make", "soft", "--root", str(study.folder.parent)]) == 2
    assert "holds a study already; name another --study" in capsys.readouterr().err


def test_missing_and_stale_pictures_are_refused_by_name(study: RatingStudy, capsys: pytest.CaptureFixture[str]) -> None:
    root = study.folder.parent
    (root / "Result" / "soft" / "full" / "other.png").unlink()
    words = ["make", "soft", "--root", str(root), *FLAGS, "--study", str(root / "new")]
    assert main(words) == 2
    assert "1 image(s) have no picture in" in capsys.readouterr().err
    save_png(root / "Result/soft/full/other.png", load_rgb(root / "GT/other.png"), Origin(gt="0" * DIGITS))
    assert main(words) == 2
    assert "soft/full/other.png made from another ground truth" in capsys.readouterr().err
    assert not (root / "new" / "plan.json").exists()
    assert main([*words, "--allow_partial", "--training", "1"]) == 0
    assert "1 picture(s) are left out" in capsys.readouterr().out


def test_a_target_named_twice_is_refused(study: RatingStudy, capsys: pytest.CaptureFixture[str]) -> None:
    root = study.folder.parent
    assert main(["make", "soft", "softer,soft", "--root", str(root), "--study", str(root / "new")]) == 2
    assert "soft is named twice" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["nan", "inf"])
def test_a_step_is_a_number(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["make", "soft", "--step", step])
    assert f"--step: expected a number, found '{step}'" in capsys.readouterr().err


def test_a_study_of_nothing_is_refused(study: RatingStudy, capsys: pytest.CaptureFixture[str]) -> None:
    root = study.folder.parent
    words = ["make", "soft", "--root", str(root), "--study", str(root / "new one"), "--limit", "3"]
    assert main(words) == 2
    assert "3 image(s), 3 of them kept aside, leave none to rate" in capsys.readouterr().err
    assert main([*words, "--aside", "0", "--training", "0", "--dummies", "0"]) == 0
    assert f"next: cmc rate serve --study '{root}/new one'" in capsys.readouterr().out


def test_changed_pictures_and_tables_are_refused_by_name(study: RatingStudy) -> None:
    picture = next(iter(study.pictures.values()))
    Image.new("RGB", (96, 64)).save(study.folder / picture.image)
    (study.folder / picture.reference).unlink()
    with pytest.raises(CMCError, match=r"2 picture\(s\) are not those") as refused:
        study.refuse_changed()
    assert picture.image in str(refused.value)
    assert picture.reference in str(refused.value)
    table = study.folder / "playlists.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("dummy", "rated"), encoding="utf-8")
    with pytest.raises(CMCError, match=r"playlists\.csv changed since the study was made"):
        load_study(study.folder)
    (study.folder / "plan.json").write_text(json.dumps({"design": {}}), encoding="utf-8")
    with pytest.raises(CMCError, match="is no plan of a rating study"):
        load_study(study.folder)


@pytest.mark.parametrize("kind", ["plain.png", "grey.png", "tagged.png", "photo.jpg"])
def test_copies_are_the_pixels_that_metrics_read_without_other_colours(kind: str, tmp_path: Path) -> None:
    image, options = photo("coffee.png").resize((40, 30)), {}
    if kind == "grey.png":
        image = image.convert("L")
    if kind == "tagged.png":
        options = {"icc_profile": b"no profile that a browser should follow"}
    image.save(tmp_path / kind, **options)
    digest = copy_picture(tmp_path / kind, tmp_path / "copy.png")
    assert digest == sha256(tmp_path / "copy.png")[:DIGITS]
    with Image.open(tmp_path / "copy.png") as copy:
        assert (copy.format, copy.mode, copy.info.get("icc_profile")) == ("PNG", "RGB", None)
        assert (np.asarray(copy) == np.asarray(load_rgb(tmp_path / kind))).all()
    assert ((tmp_path / kind).read_bytes() == (tmp_path / "copy.png").read_bytes()) == (kind == "plain.png")
