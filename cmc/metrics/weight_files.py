"""Reading a metric's weights: nothing but tensors, every key in its place."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, some
from cmc.core.facts import MetricFacts
from cmc.registry import Entry

if TYPE_CHECKING:
    import torch

# Where pyiqa's training code keeps the state dict inside the file.
STATE_KEYS = ("params", "params_ema")
# The entry of a safetensors file's metadata that holds the rest as JSON. One entry, since several come in any order.
ABOUT = "about"
# What a network trained on several GPUs puts before each key.
PARALLEL = "module."


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
    if absent:
        files = " and ".join(str(folder / name) for name in absent)
        raise CMCError(f"no {files}; download {' and '.join(absent.values())} into {folder}, nothing is fetched here")


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

    A state dict, bare or under `inside`, `params` or `params_ema`. Raises CMCError for a file that is damaged or
    holds anything else. A TorchScript archive, which is code and weights in one, is opened if its bytes have the
    SHA-256 `archive_sha256`.
    """
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        document = _document(data, path.suffix, sha256 == archive_sha256)
    except Exception as error:  # pickle, zip and torch raise kinds of their own on rubbish
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CMCError(
            f"{path} ({len(data):,} bytes) is damaged or holds more than weights, and nothing in it was run "
            f"({reason}); download it again"
        ) from error
    if not isinstance(document, Mapping):
        raise CMCError(f"{path} holds a {type(document).__name__}, expected a table of weights; download it again")
    if inside and not isinstance(document.get(inside), Mapping):
        raise CMCError(f"{path} has no table {inside!r} of weights; download it again")
    keys = (inside,) if inside else STATE_KEYS
    found = next((key for key in keys if isinstance(document.get(key), Mapping)), None)
    state = document if found is None else document[found]
    extra = {} if found is None else {key: value for key, value in document.items() if key not in STATE_KEYS}
    named = {str(key).removeprefix(PARALLEL): value for key, value in state.items()}
    return Weights(path, named, extra, sha256)


def _document(data: bytes, suffix: str, trusted: bool) -> Any:
    import torch

    if suffix == ".safetensors":
        from safetensors.torch import load

        length = int.from_bytes(data[:8], "little")
        said = json.loads(data[8 : 8 + length]).get("__metadata__", {})
        return {STATE_KEYS[0]: load(data), **json.loads(said.get(ABOUT, "{}"))}
    if trusted:
        return torch.jit.load(io.BytesIO(data), map_location="cpu").state_dict()
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def load_strictly(network: "torch.nn.Module", weights: Weights, what: str) -> None:
    """Fill a network. Raises CMCError with the first keys that are missing, unknown or of another shape."""
    import torch

    wanted = network.state_dict()
    found = {key: value for key, value in weights.state.items() if isinstance(value, torch.Tensor)}
    faults = {
        "missing": [key for key in wanted if key not in found],
        "unknown": [key for key in weights.state if key not in wanted or key not in found],
        "of another shape": [key for key in wanted if key in found and wanted[key].shape != found[key].shape],
    }
    told = "; ".join(f"{len(keys)} {kind}: {some(keys, 3)}" for kind, keys in faults.items() if keys)
    if told:
        raise CMCError(f"{weights.path} is no {what} ({told}); download it again, or give the right file")
    network.load_state_dict(found, strict=True)
