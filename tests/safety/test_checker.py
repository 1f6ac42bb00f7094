"""Against diffusers' own forward pass, of the same checkpoint."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor

from cmc.core.errors import CMCError
from cmc.safety.checker import SafetyChecker
from tests.conftest import photo
from tests.tiny_safety import save_checker

CPU = torch.device("cpu")
PHOTOS = [photo(name) for name in ("astronaut.png", "page.png")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checker(tmp_path_factory.mktemp("checker"), thresholds=0.05, special_2=-2.0)


@pytest.fixture(scope="module")
def theirs(folder: Path) -> Any:
    return StableDiffusionSafetyChecker.from_pretrained(folder).eval()


def forward(checker: Any, folder: Path, image: Image.Image) -> tuple[bool, bool]:
    """(flagged, blacked out) as diffusers has it."""
    pixels = CLIPImageProcessor.from_pretrained(folder)(image, return_tensors="pt").pixel_values
    (picture,), (flagged,) = checker(pixels, np.asarray(image, float)[None].copy())
    return flagged, not picture.any()


@pytest.mark.parametrize("place", range(len(PHOTOS)))
def test_every_score_is_where_diffusers_begins_to_flag(folder: Path, theirs: Any, place: int) -> None:
    image = PHOTOS[place]
    scores = SafetyChecker(str(folder), CPU).judge(image).concepts
    thresholds = theirs.concept_embeds_weights
    for concept, score in enumerate(scores):
        for step, flagged in ((-0.002, True), (0.002, False)):
            with torch.no_grad():
                kept = thresholds.clone()
                thresholds.fill_(5.0)[concept] = kept[concept] + score + step
                assert forward(theirs, folder, image) == (flagged, flagged), concept
                thresholds.copy_(kept)


def test_flags_are_diffusers_and_the_picture_stays(folder: Path, theirs: Any) -> None:
    checker = SafetyChecker(str(folder), CPU)
    for image in PHOTOS:
        before = image.tobytes()
        verdict = checker.judge(image)
        assert verdict.flagged == forward(theirs, folder, image)[0]
        assert verdict.special_care
        assert image.tobytes() == before


def test_a_weight_that_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    del weights["concept_embeds_weights"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    assert SafetyChecker(str(tmp_path), CPU).revision != SafetyChecker(str(folder), CPU).revision
    with pytest.raises(CMCError, match="1 missing: concept_embeds_weights"):
        SafetyChecker(str(tmp_path), CPU).judge(PHOTOS[0])


def test_a_folder_that_is_no_checker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"has no preprocessor_config\.json; give --model_dir"):
        SafetyChecker(str(tmp_path), CPU)
