"""Photographs and workspaces that the tests share."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

# Tiny models lose more to threads than they win; set before torch is imported anywhere.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import skimage
from PIL import Image

DATA = Path(skimage.__file__).parent / "data"
# Benchmark names for photographs of several shapes, scaled down so that tests stay quick.
PHOTOS = {
    "NSI_pgc_000": ("coffee.png", (96, 64)),
    "NSI_ugc_001": ("chelsea.png", (96, 64)),
    "SCI_screen_002": ("page.png", (128, 64)),
    "AIGI_MJ_003": ("astronaut.png", (96, 96)),
    "other": ("rocket.jpg", (75, 50)),
}


def photo(name: str) -> Image.Image:
    """A photograph of scikit-image at its own size, RGB."""
    return Image.open(DATA / name).convert("RGB")


def blur_all(space: Path, target: str, modes: Mapping[str, int]) -> None:
    """Results of a decoder that makes every GT picture smaller by a mode's factor, and large again."""
    for mode, factor in modes.items():
        folder = space / "Result" / target / mode
        folder.mkdir(parents=True)
        for path in (space / "GT").iterdir():
            image = Image.open(path)
            small = image.resize((image.width // factor + 1, image.height // factor + 1))
            small.resize(image.size).save(folder / path.name)


def fill(root: Path) -> Path:
    """GT photographs, and captions of them in Text/test.csv."""
    (root / "GT").mkdir()
    rows = ["name,text"]
    for name, (source, size) in sorted(PHOTOS.items()):
        photo(source).resize(size).save(root / "GT" / f"{name}.png")
        rows.append(f'{name}.png,"A photograph, called {name}."')
    (root / "Text").mkdir()
    (root / "Text" / "test.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A root of a test's own, filled."""
    return fill(tmp_path)


@pytest.fixture(scope="session")
def referenced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled root with references, to be copied: coding them takes seconds."""
    from cmc.cli import reference

    root = fill(tmp_path_factory.mktemp("referenced"))
    assert reference.main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def coded(space: Path, referenced: Path) -> Path:
    """A root of a test's own, with references."""
    shutil.copytree(referenced / "Ref", space / "Ref")
    return space


@pytest.fixture(scope="session")
def sd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion checkpoint."""
    from tests import tiny_t2i

    return tiny_t2i.sd(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion XL checkpoint."""
    from tests import tiny_t2i

    return tiny_t2i.sdxl(tmp_path_factory.mktemp("sdxl"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a family's tiny checkpoint by its name in `tests.families`, made when it is first asked for."""
    from tests.families import MAKERS

    return cache(lambda family: MAKERS[family](tmp_path_factory.mktemp(family)))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toolkit's."""
    from tests import installed

    return installed.build(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def target(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel is installed into."""
    from tests import installed

    folder = tmp_path_factory.mktemp("target")
    installed.install(wheel, folder)
    return folder


# Not for the session: what nobody uses keeps a part of a processor busy.
@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Ray on two processors of this computer, by its address."""
    from cmc.stages.engine.on_ray import load_ray

    ray = load_ray()
    context = ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield context.address_info["gcs_address"]
    ray.shutdown()
