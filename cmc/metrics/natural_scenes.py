"""NIQE and BRISQUE: how far a picture's statistics are from those of natural scenes, as pyiqa computes them.

They are no networks: what their authors fitted is two tables, which pyiqa's constructors read from a file.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.facts import Range
from cmc.metrics.base import Metric
from cmc.metrics.pyiqa_metric import LUMA, PYIQA_LICENCE, PyiqaMetric
from cmc.metrics.pyiqa_table import OPEN, PYIQA
from cmc.metrics.weight_files import Weights
from cmc.registry import METRICS
from cmc.weights.reader import check_is_there, damage_told

if TYPE_CHECKING:
    import torch

Tables = dict[str, "torch.Tensor"]
# Of a picture, at two scales.
STATISTICS = 36


def _read_niqe(data: bytes) -> Tables:
    """Mean and covariance of natural scenes' statistics."""
    import scipy.io
    import torch

    document = scipy.io.loadmat(io.BytesIO(data))
    tables = {name: torch.from_numpy(document[name]) for name in ("mu_prisparam", "cov_prisparam")}
    _check(tables, {"mu_prisparam": (1, STATISTICS), "cov_prisparam": (STATISTICS, STATISTICS)})
    return tables


def _read_brisque(data: bytes) -> Tables:
    """Support vectors of a regression on opinions, and their coefficients."""
    import torch

    coefficients, vectors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    tables = {"sv_coef": coefficients, "sv": vectors}
    _check(tables, {"sv_coef": (len(vectors),), "sv": (len(vectors), STATISTICS)})
    return tables


def _check(tables: Tables, shapes: dict[str, tuple[int, ...]]) -> None:
    for name, shape in shapes.items():
        if tuple(tables[name].shape) != shape:
            raise ValueError(f"{name} is of shape {tuple(tables[name].shape)}, expected {shape}")


@dataclass(frozen=True)
class NaturalScenes:
    """`arch`: module and class of pyiqa.archs; `file`: in the folder of weights; `read`: the tables of its bytes, an
    error of any kind for others; `ends`: of the scores; `paper`: by its authors."""

    arch: str
    file: str
    read: Callable[[bytes], Tables]
    ends: Range
    paper: str


def _create(
    name: str, scenes: NaturalScenes, folder: Path, device: "torch.device", dtype: "torch.dtype", **_: object
) -> Metric:
    """Raises CMCError for a file that is missing, damaged or another."""
    path = folder / scenes.file
    check_is_there(path)
    data = path.read_bytes()
    with damage_told(path):
        tables = scenes.read(data)
    module, scorer = scenes.arch.split(".")
    # The very bytes that were looked at: pyiqa would run what another file held.
    network = getattr(import_module(f"pyiqa.archs.{module}"), scorer)(pretrained_model_path=io.BytesIO(data))
    weights = Weights(path, tables, {}, hashlib.sha256(data).hexdigest())
    return PyiqaMetric(name, network, False, [weights], device)


SCENES = {
    "niqe": NaturalScenes(
        "niqe_arch.NIQE", "niqe_modelparameters.mat", _read_niqe, (0, None), "Mittal et al., SPL 2013"
    ),
    "brisque": NaturalScenes(
        "brisque_arch.BRISQUE", "brisque_svm_weights.pth", _read_brisque, OPEN, "Mittal et al., TIP 2012"
    ),
}

for _name, _scenes in SCENES.items():
    METRICS.register(
        _name,
        needs=["pyiqa"],
        full_reference=False,
        higher_is_better=False,
        range=_scenes.ends,
        colour=LUMA,
        paper=_scenes.paper,
        licence=f"{PYIQA_LICENCE}; tables: as their authors' (LIVE, UT Austin)",
        weights={_scenes.file: PYIQA + _scenes.file},
    )(partial(_create, _name, _scenes))
