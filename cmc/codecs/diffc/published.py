"""The models that DiffC's authors report on: where they are, and what steps to their levels cost there in bits.

The lists are of their configuration files (MIT), of pictures whose size is not said; SD 2.1 is the 768-pixel model.
Streams do not depend on them (`walk.py`): they tell what to expect.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TABLE = Path(__file__).with_name("published.json")


@dataclass(frozen=True)
class Published:
    """repository: on the hub; key: of its list."""

    repository: str
    key: str

    @cached_property
    def bits(self) -> dict[int, int]:
        """The divergence in bits of the step to each level, of 1,000, in their order."""
        lists = json.loads(_TABLE.read_text(encoding="utf-8"))[self.key]
        return dict(zip(lists["levels"], lists["bits"], strict=True))

    def bits_to(self, level: int) -> int:
        """Of all steps to levels that are not below one."""
        return sum(bits for reached, bits in self.bits.items() if reached >= level)


PUBLISHED = {
    "sd15": Published("stable-diffusion-v1-5/stable-diffusion-v1-5", "sd15"),
    "sd21": Published("stabilityai/stable-diffusion-2-1", "sd21"),
    "sdxl": Published("stabilityai/stable-diffusion-xl-base-1.0", "sdxl"),
    "flux-dev": Published("black-forest-labs/FLUX.1-dev", "flux"),
}
DEFAULT = "sd15"


def repository_of(checkpoint: str) -> str:
    """What a name of PUBLISHED stands for, DEFAULT if it is ""; a folder or hub id itself."""
    named = PUBLISHED.get(checkpoint or DEFAULT)
    return named.repository if named else checkpoint
