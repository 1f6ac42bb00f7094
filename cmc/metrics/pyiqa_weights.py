"""The files that hold a pyiqa network's weights: one or several, each with names of its own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError, some
from cmc.metrics.weight_files import Weights, read_weights
from cmc.weights.strict import compare

if TYPE_CHECKING:
    from torch import nn

# Counts batches of training; older files lack it and nothing reads it.
COUNTER = "num_batches_tracked"


@dataclass(frozen=True)
class Part:
    """Weights in a file: those that a network calls `keys` (a regular expression) are called `named` there.

    source: where to get the file; inside: the table of it that holds them; unused: what else that table may hold;
    archive_sha256: as in `read_weights`.
    """

    file: str
    source: str
    keys: str = ".*"
    named: str = r"\g<0>"
    inside: str = ""
    unused: str = ""
    archive_sha256: str = ""

    def read(self, folder: Path) -> Weights:
        """Its tensors."""
        return read_weights(folder / self.file, self.inside, self.archive_sha256)

    def leaves(self, name: str) -> bool:
        """Whether the file may hold a weight of this name that the network has no use for."""
        return bool(self.unused and re.fullmatch(self.unused, name))


def fill_network(network: "nn.Module", parts: Sequence[tuple[Part, Weights]], what: str) -> None:
    """Give a network all its weights. Buffers that no part names keep what the constructor computed.

    Raises CMCError when a weight is missing, of another shape or left over.
    """
    own = network.state_dict()
    unfilled = set(dict(network.named_parameters(remove_duplicate=False)))
    for part, weights in parts:
        names = _names_in_file(part, own, weights)
        wanted = {name: own[key] for key, name in names.items()}
        state = {name: value for name, value in weights.state.items() if name in wanted or not part.leaves(name)}
        compare(wanted, state).check(f"{weights.path} is not what {what} needs", f"get it from {part.source}")
        own |= {key: weights.state[name] for key, name in names.items()}
        unfilled -= names.keys()
    if unfilled:
        raise CMCError(f"{what} of this pyiqa has weights that no file holds: {some(sorted(unfilled), 3)}")
    network.load_state_dict(own, strict=True)


def _names_in_file(part: Part, keys: Iterable[str], weights: Weights) -> dict[str, str]:
    """What the part's file calls those of a network's `keys` that it is to hold."""
    matches = {key: re.fullmatch(part.keys, key) for key in keys}
    names = {key: match.expand(part.named) for key, match in matches.items() if match}
    return {key: name for key, name in names.items() if name in weights.state or not key.endswith(COUNTER)}
