"""vLLM as it is installed here: what captions depend on, known before it is imported, which takes long."""

import importlib.util
import os
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.run_file import Document

if TYPE_CHECKING:
    import torch

INSTALL = 'pip install "cmc[vllm]"'
BATCH_INVARIANT = "VLLM_BATCH_INVARIANT"
# (major, minor) compute capability of NVIDIA's cards from which vLLM is batch invariant.
INVARIANT_FROM = (8, 0)
# Of this process: its scheduler beside the model, so that nothing outlives a killed command and the order of work is
# the same each time; nothing of its own among what a command prints, no statistics sent home.
_IN_THIS_PROCESS = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
}


@dataclass(frozen=True)
class VllmSettings:
    """version: of vLLM; batch_invariant: whether a caption is the same whatever other pictures are asked about."""

    version: str
    batch_invariant: bool

    def record(self) -> Document:
        """For the run file; captions by transformers have none of it."""
        return {"engine": "vllm", "vllm": self.version, "batch_invariant": self.batch_invariant}

    def prepare(self) -> None:
        """Set what vLLM reads from the environment when it is imported."""
        os.environ[BATCH_INVARIANT] = str(int(self.batch_invariant))
        for name, value in _IN_THIS_PROCESS.items():
            os.environ.setdefault(name, value)


def installed_vllm(device: "torch.device") -> VllmSettings:
    """Batch invariant where the card can be, unless VLLM_BATCH_INVARIANT says otherwise.

    Raises CMCError where vLLM is not installed, and for a device that has a number.
    """
    if device.index is not None:
        raise CMCError(
            f"--device {device}: vLLM takes the first GPU that it sees; set CUDA_VISIBLE_DEVICES={device.index} instead"
        )
    if importlib.util.find_spec("vllm") is None:
        raise CMCError(f"--engine vllm needs vllm: {INSTALL}")
    # Builds for other processors are packages of another name.
    package = packages_distributions()["vllm"][0]
    asked = os.environ.get(BATCH_INVARIANT)
    return VllmSettings(version(package), _can_be_invariant(device) if asked is None else asked == "1")


def _can_be_invariant(device: "torch.device") -> bool:
    import torch

    return device.type == "cuda" and torch.cuda.get_device_capability() >= INVARIANT_FROM
