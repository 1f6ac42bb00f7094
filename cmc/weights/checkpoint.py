"""Released checkpoints taken apart by prefix, and networks built to hold them, every key accounted for."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from torch import Size, Tensor, nn

from cmc.core.errors import CMCError, some
from cmc.weights.reader import read_document, unwrap
from cmc.weights.strict import check_checkpoint, compare

State = dict[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)

# Names under which training frameworks wrap the weights; of averaged and plain ones, the averaged.
WRAPPERS = ("state_dict", "params_ema", "params")


def read_checkpoint(path: Path, wrappers: Sequence[str] = WRAPPERS) -> State:
    """The tensors of a `.safetensors`, `.ckpt`, `.pth`, `.pt` or `.bin` file, whichever of `wrappers` is around them.

    Raises CMCError when it is missing, damaged, or holds anything but tensors and plain values.
    """
    entries = unwrap(read_document(path), wrappers)
    return {name: value for name, value in entries.items() if isinstance(value, Tensor)}


def take_prefix(state: State, prefix: str, where: Path) -> State:
    """The weights under `prefix`, without it. Raises CMCError when there are none."""
    part = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    if not part:
        raise CMCError(f"{where} has no {prefix}*, found {some(sorted(state), 3)}; is it another model's checkpoint?")
    return part


def check_prefixes(state: State, prefixes: tuple[str, ...], where: Path) -> None:
    """Raise CMCError with the first names that are under none of `prefixes`."""
    refuse_unknown((name for name in state if not name.startswith(prefixes)), where)


def refuse_unknown(names: Iterable[str], where: Path) -> None:
    """Raise CMCError with the first of the names of weights that no part of a model has a place for, if any."""
    unknown = sorted(names)
    if unknown:
        raise CMCError(f"{where} has unknown weights ({some(unknown, 3)}); is it another model's checkpoint?")


def shape_of(state: State, name: str, where: Path) -> Size:
    """The shape of a weight that the structure is read from. Raises CMCError when it is missing."""
    if name not in state:
        raise CMCError(
            f"{where} lacks {name}, found {some(sorted(state), 3)}; is it another model's checkpoint, or cut?"
        )
    return state[name].shape


def build_network(make: Callable[[], Network], state: State, where: Path) -> Network:
    """The network that `make` builds, holding `state` and ready for inference; no weight is made twice.

    Raises CMCError with the first names that are missing, unknown or of another shape.
    """
    from accelerate import init_empty_weights

    with init_empty_weights(include_buffers=False):
        network = make()
    wanted = dict(network.named_parameters()) | _persistent_buffers(network)
    check_checkpoint(where, compare(wanted, state))
    network.load_state_dict({name: state[name] for name in wanted}, assign=True)
    return network.eval().requires_grad_(False)


def _persistent_buffers(network: nn.Module) -> dict[str, Tensor]:
    saved = network.state_dict().keys()
    return {name: buffer for name, buffer in network.named_buffers() if name in saved}
