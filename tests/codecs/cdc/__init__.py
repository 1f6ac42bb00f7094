"""Checkpoints of CDC in tiny: the golden files' weights, as the released files have theirs."""

from pathlib import Path
from typing import Any

import torch

from tests.golden import golden


def document(name: str) -> dict[str, Any]:
    """What a file of the golden weights `cdc_x` or `cdc_eps` holds."""
    state = golden(name).state
    return {"step": 7, "model": {}, "ema": state} if name == "cdc_x" else {"step": 7, "model": state}


def save(path: Path, name: str) -> Path:
    """That file, written."""
    torch.save(document(name), path)
    return path
