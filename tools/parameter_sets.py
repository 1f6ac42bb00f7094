"""Make cmc/codecs/parameter_sets.json: the heads of streams at common sizes, as hex, the most common size last.

The file is part of the format: run this for a codec that joins it (whose entry begins as an empty list), and never
replace an entry in use.

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


def table() -> str:
    """The file's text: by codec, the distinct heads of SIZES."""
    heads = {codec: list(dict.fromkeys(head(codec, size) for size in SIZES)) for codec in parameter_sets.BODIES}
    return json.dumps(heads, indent=1) + "\n"


def main() -> None:
    """Write the file of the package, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=SHIPPED, metavar="OUTPUT")
    parser.parse_args().output.write_text(table(), encoding="ascii")


if __name__ == "__main__":
    main()
