"""Every weight in its place: the one comparison, and its one wording, of what a network needs and what a file holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, some

if TYPE_CHECKING:
    from torch import Tensor

# Ends of the names of tables that old checkpoints store among their weights; the networks compute their own.
COMPUTED = ("position_ids", "rotary_emb.inv_freq")


def is_computed(name: str) -> bool:
    """Whether this is one of the tables of COMPUTED, which no network needs from a file."""
    return name.endswith(COMPUTED)


@dataclass(frozen=True)
class Misfits:
    """Names of weights that a file lacks, that no network has a place for, and that are of another shape."""

    missing: Sequence[str] = ()
    unknown: Sequence[str] = ()
    misshapen: Sequence[str] = ()

    def check(self, fault: str, advice: str) -> None:
        """Raise CMCError `fault (2 missing: a, b; 1 unknown: c); advice` if there are any, the first of each named."""
        kinds = {"missing": self.missing, "unknown": self.unknown, "of another shape": self.misshapen}
        named = "; ".join(f"{len(names)} {kind}: {some(names, 3)}" for kind, names in kinds.items() if names)
        if named:
            raise CMCError(f"{fault} ({named}); {advice}")


def compare(wanted: "Mapping[str, Tensor]", state: Mapping[str, object]) -> Misfits:
    """How the entries of a file, `state`, differ from the weights that a network wants, by name.

    What is no tensor counts as missing, and as unknown. Tables of COMPUTED that the network does not want are no fault.
    """
    import torch

    shapes = {name: value.shape for name, value in state.items() if isinstance(value, torch.Tensor)}
    return Misfits(
        missing=[name for name in wanted if name not in shapes],
        unknown=_without_computed(name for name in state if name not in wanted or name not in shapes),
        misshapen=[name for name, value in wanted.items() if name in shapes and value.shape != shapes[name]],
    )


def from_loading_info(info: Mapping[str, Any]) -> Misfits:
    """What transformers or diffusers says in its `output_loading_info` that did not fit."""
    return Misfits(
        missing=sorted(info.get("missing_keys", ())),
        unknown=sorted(_without_computed(info.get("unexpected_keys", ()))),
        # Either a name or (name, shape in the file, shape in the network).
        misshapen=sorted(key if isinstance(key, str) else key[0] for key in info.get("mismatched_keys", ())),
    )


def check_checkpoint(where: Path | str, misfits: Misfits) -> None:
    """Raise CMCError if a checkpoint's weights are not those of the network that it says it holds."""
    misfits.check(f"the weights in {where} are not those of its config", "download the checkpoint again")


def _without_computed(names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_computed(name)]
