"""Make cmc/codecs/parameter_sets.json: the heads of streams at common sizes, as hex, the most common size last.

python -m tools.parameter_sets
"""

import json
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from cmc.codecs import parameter_sets
from cmc.registry import CODECS

TARGET = Path(parameter_sets.__file__).with_name("parameter_sets.json")
SIZES = ((1920, 1080), (1280, 720), (512, 512), (768, 768), (768, 1024), (1024, 768), (1024, 1024))


def head(codec: str, size: tuple[int, int]) -> str:
    """The head of a codec's stream of a grey picture, as hex."""
    with patch.object(parameter_sets, "shorten", lambda _, stream: stream):
        stream = CODECS.get(codec).create().encode(Image.new("RGB", size, (90, 120, 60)))
    found = parameter_sets.BODIES[codec].search(stream)
    assert found, f"{codec}: no body in the stream"
    return stream[: found.end()].hex()


if __name__ == "__main__":
    made = {codec: list(dict.fromkeys(head(codec, size) for size in SIZES)) for codec in parameter_sets.BODIES}
    TARGET.write_text(json.dumps(made, indent=1) + "\n", encoding="ascii")
