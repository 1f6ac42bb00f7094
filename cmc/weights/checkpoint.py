"""Released checkpoints: read without running their code, taken apart by prefix, every key accounted for."""

from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from cmc.core.errors import CMCError, reason, some
from cmc.weights.strict import check_keys

State = dict[str, Tensor]
Module = TypeVar("Module", bound=nn.Module)

# Names under which training frameworks wrap the weights.
_WRAPPERS = ("state_dict", "params_ema", "params")


def read(path: Path) -> State:
    """The tensors of a `.safetensors`, `.ckpt`, `.pth`, `.pt` or `.bin` file.

    Raises CMCError when it is missing, damaged, or holds something else than tensors (`weights_only=True`).
    """
    if not path.is_file():
        raise CMCError(f"{path} is missing; download it from the model's authors and put it there")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each format raises its own kinds on a damaged file
        raise CMCError(f"{path} cannot be read ({reason(error)}); download it again") from error
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict):
        raise CMCError(f"{path} holds a {type(found).__name__}, expected weights by name; download it again")
    tensors = {name: value for name, value in found.items() if isinstance(value, Tensor)}
    return {name.removeprefix("module."): value for name, value in tensors.items()}


def take(state: State, prefix: str, where: Path) -> State:
    """The weights under `prefix`, without it. Raises CMCError when there are none."""
    part = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    if not part:
        raise CMCError(f"{where} has no {prefix}*, found {some(sorted(state), 3)}; is it another model's checkpoint?")
    return part


def only(state: State, prefixes: tuple[str, ...], where: Path) -> None:
    """Raise CMCError with the first names that are under none of `prefixes`."""
    others = sorted(name for name in state if not name.startswith(prefixes))
    if others:
        raise CMCError(f"{where} has unknown weights ({some(others, 3)}); is it another model's checkpoint?")


def shape(state: State, name: str, where: Path) -> torch.Size:
    """The shape of a weight that the structure is read from. Raises CMCError when it is missing."""
    if name not in state:
        raise CMCError(
            f"{where} lacks {name}, found {some(sorted(state), 3)}; is it another model's checkpoint, or cut?"
        )
    return state[name].shape


def fill(kind: type[Module], config: Any, state: State, where: Path) -> Module:
    """A `kind` made from `config` and holding `state`, ready for inference.

    Raises CMCError with the first names that are missing, unknown or of another shape.
    """
    from accelerate import init_empty_weights

    with init_empty_weights(include_buffers=False):
        module = kind(**config) if isinstance(config, dict) else kind(config)
    wanted = {**dict(module.named_parameters()), **_persistent(module)}
    check_keys(
        where,
        {
            "missing_keys": wanted.keys() - state.keys(),
            "unexpected_keys": state.keys() - wanted.keys(),
            "mismatched_keys": [
                name for name in wanted.keys() & state.keys() if wanted[name].shape != state[name].shape
            ],
        },
    )
    module.load_state_dict(state, assign=True)
    return module.eval().requires_grad_(False)


def _persistent(module: nn.Module) -> dict[str, Tensor]:
    kept = module.state_dict().keys()
    return {name: buffer for name, buffer in module.named_buffers() if name in kept}
