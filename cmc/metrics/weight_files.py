"""Reading a metric's weights: nothing but tensors, every key in its place."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, lines
from cmc.core.facts import MetricFacts
from cmc.registry import Entry
from cmc.weights.reader import check_is_there, damage_told, read_document, unwrap
from cmc.weights.strict import compare

if TYPE_CHECKING:
    import torch

# Files that are named with their pages in one line; more are listed below it.
MOST_IN_A_LINE = 2
# Where pyiqa's training code keeps the state dict inside the file.
STATE_KEYS = ("params", "params_ema")


@dataclass(frozen=True)
class Weights:
    """A weight file's tensors by key, what else it says (`extra`), and the SHA-256 of its bytes."""

    path: Path
    state: dict[str, "torch.Tensor"]
    extra: dict[str, Any]
    sha256: str


def locate(folder: Path, name: str) -> Path:
    """A weight file by its released name, or the safetensors file of that stem if the folder holds one."""
    twin = (folder / name).with_suffix(".safetensors")
    return twin if twin.is_file() else folder / name


def tuned(folder: Path, metric: str) -> Path | None:
    """What `cmc finetune` made of a metric, if the folder holds it under the metric's name."""
    paths = [folder / f"{metric}{suffix}" for suffix in (".safetensors", ".pth")]
    return next((path for path in paths if path.is_file()), None)


def check_weights(folder: Path, metrics: Sequence[Entry[MetricFacts]]) -> None:
    """Raises CMCError that names all absent weights of the metrics and where to get them."""
    absent = absent_weights(folder, metrics)
    if len(absent) > MOST_IN_A_LINE:
        files = lines((f"{name} from {page}" for name, page in absent.items()), len(absent))
        raise CMCError(f"{folder} lacks {len(absent)} files; download them into it, nothing is fetched here:{files}")
    if absent:
        files, pages = " and ".join(absent), " and ".join(absent.values())
        raise CMCError(f"no {folder}/{files}; download {pages} into that folder, nothing is fetched here")


def absent_weights(folder: Path, metrics: Sequence[Entry[MetricFacts]]) -> dict[str, str]:
    """Files that the metrics need and the folder lacks, and where to get each."""
    needed = {name: page for entry in metrics for name, page in _sources(folder, entry).items()}
    return {name: page for name, page in needed.items() if not locate(folder, name).exists()}


def _sources(folder: Path, metric: Entry[MetricFacts]) -> Mapping[str, str]:
    """Its files and where to get them: of a fine-tuned one, those that its own file does not replace."""
    if metric.facts.tuned_weights is not None and tuned(folder, metric.name):
        return metric.facts.tuned_weights
    return metric.facts.weights


def read_weights(path: Path, inside: str = "", archive_sha256: str = "") -> Weights:
    """Tensors of a PyTorch or safetensors file, without running any code that it may hold.

    A state dict, bare or under `inside`, `params` or `params_ema`. Raises CMCError for a file that is missing, damaged
    or holds anything else. A TorchScript archive, which is code and weights in one, is opened if its bytes have the
    SHA-256 `archive_sha256`.
    """
    check_is_there(path)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    document = _read_archive(path, data) if sha256 == archive_sha256 else read_document(path, data)
    tables = (inside,) if inside else STATE_KEYS
    wrapped = any(isinstance(document.get(table), Mapping) for table in tables)
    if inside and not wrapped:
        raise CMCError(f"{path} has no table {inside!r} of weights; download it again")
    extra = {key: value for key, value in document.items() if wrapped and key not in STATE_KEYS}
    return Weights(path, unwrap(document, tables), extra, sha256)


def _read_archive(path: Path, data: bytes) -> "dict[str, torch.Tensor]":
    import torch

    with damage_told(path):
        return torch.jit.load(io.BytesIO(data), map_location="cpu").state_dict()


def load_strictly(network: "torch.nn.Module", weights: Weights, what: str) -> None:
    """Fill a network. Raises CMCError with the first keys that are missing, unknown or of another shape."""
    wanted = network.state_dict()
    misfits = compare(wanted, weights.state)
    misfits.check(f"{weights.path} is no {what}", "download it again, or give the right file")
    network.load_state_dict({key: weights.state[key] for key in wanted}, strict=True)
