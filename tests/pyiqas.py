"""pyiqa's own metrics, which ours are held against."""

import importlib
from typing import Any

import pyiqa
import torch

from cmc.metrics.pyiqa_table import NETWORKS

# Files of classes that do not stand under their own name.
FILES = {"ms_ssim": "ssim_arch", "topiq_fr": "topiq_arch", "topiq_nr": "topiq_arch"}


def pyiqas(name: str, **options: Any) -> torch.nn.Module:
    """A metric by pyiqa's constructor.

    Where it does not find a class it imports all its files; Q-Align's patches Llama for every test after it.
    """
    arch = FILES.get(name) or (NETWORKS[name].arch.partition(".")[0] if name in NETWORKS else f"{name}_arch")
    importlib.import_module(f"pyiqa.archs.{arch}")
    return pyiqa.create_metric(name, device="cpu", **options)
