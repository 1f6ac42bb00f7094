import pytest

from cmc.leaderboard.boards import CONTENT_COUNTS
from cmc.standard_sets.table import SETS


def test_the_sets_are_as_large_as_papers_say() -> None:
    images = {name: standard.images for name, standard in SETS.items()}
    assert images == {"kodak": 24, "div2k": 100, "clic2020": 428, "cmc-bench": sum(CONTENT_COUNTS.values())}


@pytest.mark.parametrize("name", SETS)
def test_every_set_says_what_stands_beside_a_number(name: str) -> None:
    standard = SETS[name]
    about = dict(standard.about())
    assert {"set", "licence", "citation", "colour", "protocol", "sha256"} == about.keys()
    assert all(about.values())
    assert bool(standard.source) == bool(standard.files)
    assert len({(file.folder, file.name) for file in standard.files}) == len(standard.files)
    in_gt = sum(file.pictures or 1 for file in standard.files if file.folder == "GT")
    assert in_gt == (standard.images if standard.files else 0)


def test_files_of_the_benchmark_are_those_of_its_readme() -> None:
    files = {file.name: file.folder for file in SETS["cmc-bench"].files}
    assert files == {
        "ground-truth.zip": "GT",
        "reference-image.zip": "Ref/image",
        "reference-pix.zip": "Ref/pixel",
        "topiq-fr.pth": "Weight",
        "topiq-nr.pth": "Weight",
        "gpt4v.csv": "Text",
    }
