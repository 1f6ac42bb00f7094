"""The linear layers of a denoiser's blocks in fewer bits, quantised from the weights that were loaded."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.faults import faults_told

if TYPE_CHECKING:
    import torch
    from torch import nn

INSTALL = 'pip install "cmc[quantize]"'
# Of GPUs that multiply in fp8: Ada, Hopper and later.
FP8_CAPABILITY = (8, 9)


@dataclass(frozen=True)
class Format:
    """How weights become smaller: the package that does it, and the function, in place, on a device."""

    package: str
    convert: "Callable[[nn.Module, torch.device], None]"


def quantize(blocks: "Iterable[nn.Module]", name: str, device: "torch.device") -> None:
    """Quantise the linear layers of `blocks` in place, onto `device`; `name`: of FORMATS.

    Raises CMCError where the package or the device lacks what that takes.
    """
    stated = FORMATS[name]
    if importlib.util.find_spec(stated.package) is None:
        raise CMCError(f"--quantize {name} needs {stated.package}: {INSTALL}")
    with faults_told(f"--quantize {name}"):
        for block in blocks:
            stated.convert(block, device)


# What torchao would set of the compiler holds for the whole process, other models among it.
def _int8(block: "nn.Module", device: "torch.device") -> None:
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    quantize_(block, Int8WeightOnlyConfig(set_inductor_config=False), device=device)


def _fp8(block: "nn.Module", device: "torch.device") -> None:
    """Weights and activations, each row by a scale of its own; in fp16, of which that is not to be had, all by one."""
    import torch
    from torchao.quantization import Float8DynamicActivationFloat8WeightConfig, PerRow, PerTensor, quantize_

    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else (0, 0)
    if capability < FP8_CAPABILITY:
        found = (
            f"{torch.cuda.get_device_name(device)} has {capability[0]}.{capability[1]}" if any(capability) else device
        )
        raise CMCError(f"--quantize fp8 needs a GPU of compute capability 8.9 or more, found {found}; try int8")
    granularity = PerRow() if next(block.parameters()).dtype == torch.bfloat16 else PerTensor()
    config = Float8DynamicActivationFloat8WeightConfig(granularity=granularity, set_inductor_config=False)
    quantize_(block, config, device=device)


def _nf4(block: "nn.Module", device: "torch.device") -> None:
    from torch import nn

    for module in list(block.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Linear:
                setattr(module, name, _linear_nf4(child).to(device))


def _linear_nf4(linear: "nn.Linear") -> "nn.Module":
    """QLoRA's NormalFloat (arXiv 2305.14314): 16 levels, a scale for every 64 weights; computed in the old format."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    small = Linear4bit(
        linear.in_features, linear.out_features, False, linear.weight.dtype, compress_statistics=False, device="meta"
    )
    small.weight = Params4bit(linear.weight.data, requires_grad=False, compress_statistics=False, quant_type="nf4")
    small.bias = linear.bias
    return small.eval()


FORMATS = {"fp8": Format("torchao", _fp8), "int8": Format("torchao", _int8), "nf4": Format("bitsandbytes", _nf4)}
