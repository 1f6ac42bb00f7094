"""What fine-tuning writes: the weight file, and the checkpoint that a stopped run goes on from."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.metrics.finetune.trainable import Trainable
from cmc.weights.reader import ABOUT, load_fault

if TYPE_CHECKING:
    import torch


def save_weights(path: Path, metric: Trainable, note: str, half: bool = False) -> None:
    """The weight file, with what built the network and a note: safetensors if `path` says so, else in the released
    format, `{"params": state}`."""
    import torch

    state = {key: value.detach().cpu() for key, value in metric.module.state_dict().items()}
    if half:
        state = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    about = {**metric.fields, "note": note}
    if path.suffix == ".safetensors":
        write_atomic(path, _safetensors(state, about))
        return
    buffer = io.BytesIO()
    torch.save({"params": state, **about}, buffer)
    write_atomic(path, buffer.getvalue())


def _safetensors(state: "dict[str, torch.Tensor]", about: dict[str, str | int]) -> bytes:
    from safetensors.torch import save

    # LPIPS has weights of two names, which this format takes for one if they share memory.
    tensors = {key: value.contiguous().clone() for key, value in state.items()}
    return save(tensors, {ABOUT: json.dumps(about)})


def save_checkpoint(path: Path, epoch: int, module: "torch.nn.Module", optimizer: "torch.optim.Optimizer") -> None:
    """Network and optimizer after `epoch` epochs."""
    import torch

    buffer = io.BytesIO()
    torch.save({"epoch": epoch, "module": module.state_dict(), "adam": optimizer.state_dict()}, buffer)
    write_atomic(path, buffer.getvalue())


def load_checkpoint(path: Path, module: "torch.nn.Module", optimizer: "torch.optim.Optimizer") -> int:
    """Fill both from a checkpoint; the epochs that it has done, 0 where there is none."""
    import torch

    if not path.is_file():
        return 0
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        module.load_state_dict(checkpoint["module"])
        optimizer.load_state_dict(checkpoint["adam"])
        return int(checkpoint["epoch"])
    except Exception as error:  # pickle, zip and torch raise kinds of their own
        fault = load_fault(error)
        raise CMCError(f"{path} is no checkpoint of this run ({fault}); start anew with --overwrite") from error
