"""Add to cmc/codecs/parameter_sets.json the heads of streams at common sizes, as hex, the most common size last.

The file is part of the format. A shortened stream points into it by the distance from its end, so heads in use stay
where they are, and those of an encoder's new settings go before them: older streams decode as ever. Run this when a
codec joins (its entry begins as an empty list) or its settings change its heads.

    python -m tools.parameter_sets [OUTPUT]
"""

import argparse
import json
from pathlib import Path

from PIL import Image

from cmc.codecs import parameter_sets
from cmc.registry import CODECS

SHIPPED = Path(parameter_sets.__file__).with_name("parameter_sets.json")
SIZES = ((1920, 1080), (1280, 720), (512, 512), (768, 768), (768, 1024), (1024, 768), (1024, 1024))


def head(codec: str, size: tuple[int, int]) -> str:
    """The head of a codec's whole stream of a grey picture of (width, height), as hex."""
    shortened = CODECS.get(codec).create().encode(Image.new("RGB", size, (90, 120, 60)))
    stream = parameter_sets.restore(codec, shortened)
    body = parameter_sets.BODIES[codec].search(stream)
    if body is None:
        raise ValueError(f"{codec}: no body in the stream of a picture of {size}")
    return stream[: body.end()].hex()


def table(in_use: dict[str, list[str]]) -> str:
    """The file's text: by codec, the distinct heads of SIZES that are not `in_use`, and behind them those that are."""
    heads = {}
    for codec in parameter_sets.BODIES:
        current = dict.fromkeys(head(codec, size) for size in SIZES)
        heads[codec] = [added for added in current if added not in in_use[codec]] + in_use[codec]
    return json.dumps(heads, indent=1) + "\n"


def main() -> None:
    """Write the file of the package, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=SHIPPED, metavar="OUTPUT")
    in_use = json.loads(SHIPPED.read_text(encoding="ascii"))
    parser.parse_args().output.write_text(table(in_use), encoding="ascii")


if __name__ == "__main__":
    main()
