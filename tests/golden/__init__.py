"""Reading the golden files: what upstream implementations returned for tiny random models."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

TOLERANCES = {
    "cdc_eps": 5e-5,
    "cdc_x": 5e-5,
    "diffbir_v1": 5e-5,
    "diffc_gaussians": 1e-6,
    "spaced_sampler": 5e-5,
    "stablesr_cfw": 5e-5,
}


@dataclass(frozen=True)
class Golden:
    """One golden file: weights under upstream names, inputs, outputs and the largest difference allowed."""

    config: dict[str, Any]
    state: dict[str, Tensor]
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    tolerance: float

    def check(self, name: str, found: Tensor) -> None:
        """Fail when `found` is not output `name` to within the tolerance."""
        wanted = self.outputs[name]
        assert found.shape == wanted.shape, name
        difference = (found - wanted).abs().max().item()
        assert difference <= self.tolerance, f"{name} is off by {difference:.1e}"
        print(f"{name}: {difference:.1e}")


def golden(name: str) -> Golden:
    """The golden file of that name."""
    with safe_open(Path(__file__).parent / f"{name}.safetensors", "pt") as file:
        config = json.loads(file.metadata()["config"])
        data = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    parts: dict[str, dict[str, Tensor]] = {"state": {}, "in": {}, "out": {}}
    for key, tensor in data.items():
        kind, rest = key.split(".", 1)
        parts[kind][rest] = tensor
    return Golden(config, parts["state"], parts["in"], parts["out"], TOLERANCES.get(name, 1e-5))
