"""torch.compile of a denoiser, block by block: blocks of one class share their graphs."""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError

if TYPE_CHECKING:
    import torch
    from torch import nn

# Graphs of one function: a block has one for each size of picture and of batch, of which Ground Truth has many. Beyond
# the limit PyTorch goes on without compiling, and says nothing.
GRAPHS = 4096
COMPILERS = {"CXX": ("g++", "clang++"), "CC": ("gcc", "clang", "cc")}


def compile_blocks(blocks: "Iterable[nn.Module]", device: "torch.device") -> None:
    """Have blocks compiled when they first run, one graph for every shape of input.

    Raises CMCError where there is no compiler.
    """
    import torch._dynamo

    _check_compiler(device)
    config = torch._dynamo.config
    config.recompile_limit = max(config.recompile_limit, GRAPHS)
    config.accumulated_recompile_limit = max(config.accumulated_recompile_limit, GRAPHS)
    for block in blocks:
        block.compile(dynamic=False)


def _check_compiler(device: "torch.device") -> None:
    """Raises CMCError where what PyTorch generates for a device cannot be compiled."""
    # Triton compiles the launchers of its kernels as C.
    variable = "CC" if device.type == "cuda" else "CXX"
    names = [os.environ[variable]] if os.environ.get(variable) else COMPILERS[variable]
    if not any(shutil.which(name) for name in names):
        raise CMCError(f"--compile needs a compiler, and there is no {' or '.join(names)}; install one or leave it out")
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise CMCError("--compile needs triton: pip install triton, or leave it out")
