"""What a rule of screening says of a viewer."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`figures`: what the rule looks at, by name, NaN where it cannot be had; `why`: in words, "" for who stays."""

    figures: Mapping[str, float | int]
    why: str = ""

    @property
    def rejected(self) -> bool:
        """Whether the viewer goes."""
        return bool(self.why)


# Of every viewer of a table, by name.
Verdicts = dict[str, Verdict]
