"""Opinions as a metric sees them: whole pictures, or parts of them, and their references likewise."""

from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.core.images import save_png
from cmc.metrics.finetune.batches import by_size, score_rows
from cmc.metrics.finetune.opinions import Opinion
from cmc.metrics.finetune.trainable import Trainable
from tests.conftest import photo

SIZES = {"wide": (256, 240), "wide too": (256, 240), "small": (70, 90)}
SEEN: list[torch.Tensor] = []


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, Opinion]:
    """Photographs that are their own references."""
    SEEN.clear()
    for name, size in SIZES.items():
        save_png(tmp_path / f"{name}.png", photo("coffee.png").resize(size))
    return {name: Opinion(tmp_path / f"{name}.png", tmp_path / f"{name}.png", 5.0) for name in SIZES}


def distance(crop: int | None) -> Trainable:
    """The largest difference, by a network of one idle weight."""

    def largest(pictures: torch.Tensor, references: torch.Tensor) -> torch.Tensor:
        SEEN.append(pictures)
        return (pictures - references).abs().amax((1, 2, 3))

    return Trainable(torch.nn.Linear(1, 1), True, largest, crop=crop)


def test_pictures_of_one_size_stand_together(rows: dict[str, Opinion]) -> None:
    groups = by_size(list(rows.values()))
    assert [[row.image.stem for row in group] for group in groups] == [["wide", "wide too"], ["small"]]
    assert score_rows(distance(None), groups[0]).tolist() == [0, 0]
    assert SEEN[0].shape == (2, 3, 240, 256)
    assert 0 <= SEEN[0].min() < 0.1
    assert 0.9 < SEEN[0].max() <= 1


def test_picture_and_reference_are_cropped_alike_while_learning(rows: dict[str, Opinion]) -> None:
    metric = distance(224)
    torch.manual_seed(1)
    for name in ("wide", "wide", "small", "small"):
        assert score_rows(metric, [rows[name]]).item() == 0
    assert {tuple(pictures.shape) for pictures in SEEN} == {(1, 3, 224, 224)}
    assert not torch.equal(SEEN[0], SEEN[1])
    assert not torch.equal(SEEN[2], SEEN[3])
    metric.module.eval()
    score_rows(metric, [rows["wide"]])
    assert SEEN[-1].shape == (1, 3, 240, 256)


def test_a_reference_of_another_size_is_refused(rows: dict[str, Opinion]) -> None:
    wrong = Opinion(rows["wide"].image, rows["small"].image, 5.0)
    with pytest.raises(CMCError, match=r"wide\.png and its reference differ in size"):
        score_rows(distance(None), [wrong])
