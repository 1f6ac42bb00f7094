"""`python -m cmc TOOL`: all that is not one of the three scripts."""

import difflib
import importlib
import sys

from cmc import __version__

TOOLS = {
    "demo": "all three steps on drawn scenes or photographs with the tiny models that come along",
    "models": "list every encoder and decoder, and what it takes to run it",
    "scenes": "draw pictures whose content is known into GT",
    "finetune": "fit a metric to opinion scores of your own",
    "reference": "fill Ref/pixel and Ref/image from GT, and record each stream's bytes",
    "codec": "fill Result with a codec's pictures, a rival to be scored as any decoder",
    "pack": "write .cmc streams of images: caption, pixels or codec stream in real bytes",
    "unpack": "turn .cmc streams back into captions, references and sizes",
    "inspect": "print what each part of a .cmc stream costs",
    "leaderboard": "rank scored targets among the published models",
    "compare": "rate-distortion curves, BD-rate, and who is better at equal rate",
    "report": "leaderboard, figures and pictures in one HTML file",
    "bundle": "pack a scored target into one zip to mail in",
    "verify": "check such a zip, and recompute its means",
}


def usage() -> str:
    """The list of tools, and of the three scripts beside them."""
    lines = "\n".join(f"  {name:<12} {text}" for name, text in TOOLS.items())
    return (
        f"cmc {__version__}\nusage: python -m cmc TOOL [--help]\n\n{lines}\n\n"
        "The three steps: script-i2t.py, script-t2i.py, script-evaluate.py (each with --help)"
    )


def main(argv: list[str]) -> int:
    """Run a tool by name; 2 for an unknown one."""
    if not argv or argv[0] in ("-h", "--help", "--version"):
        print(usage())
        return 0
    if argv[0] not in TOOLS:
        near = difflib.get_close_matches(argv[0], TOOLS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        print(f"error: no tool {argv[0]!r}.{hint}\n{usage()}", file=sys.stderr)
        return 2
    return importlib.import_module(f"cmc.cli.{argv[0]}").main(argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
