"""The command `cmc TOOL`, also `python -m cmc TOOL`: the three steps, and everything beside them."""

import difflib
import importlib
import sys
from collections.abc import Mapping, Sequence

from cmc import __version__
from cmc.cli.program import program

# The scripts script-i2t.py, script-t2i.py and script-evaluate.py are the same.
STEPS = {
    "i2t": "step 1: caption every image in GT into Text",
    "t2i": "step 2: decode captions and references into Result",
    "evaluate": "step 3: score Result against GT",
}
TOOLS = {
    "study": "a plan of many encoders, decoders and settings, run where it is missing",
    "demo": "all three steps on drawn scenes or photographs with the tiny models of a clone",
    "models": "list every encoder and decoder, and what it takes to run it",
    "audit": "ask an encoder what is in ground truths and reconstructions, and compare",
    "metrics": "list every metric, and whether its weights are here",
    "codecs": "list every codec, and what of its streams is counted",
    "fetch": "a standard set (kodak, div2k, clic2020, cmc-bench) into GT, checked",
    "curate": "choose a ground truth from folders of candidates, by quality, history and likeness",
    "screen": "Stable Diffusion's safety checker over any folder: flags and scores in safety.csv",
    "scenes": "draw pictures whose content is known into GT",
    "finetune": "fit a metric to opinion scores of your own",
    "rate": "people rate results in a browser; their votes become opinion scores",
    "reference": "fill Ref/pixel and Ref/image from GT, and record each stream's bytes",
    "maps": "fill Ref/map from GT: where in a picture the items are that its caption names",
    "misc": "whole folders to streams and back: captions, maps and starts in two commands",
    "codec": "fill Result with a codec's pictures, to be scored as any decoder's",
    "import": "fill Result with the pictures of another program, with the bits that its author states",
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
    """The three steps and the tools, a line each."""
    return (
        f"cmc {__version__}\nusage: {program('TOOL')} [--help]\n\n"
        f"the three steps:\n{_lines(STEPS)}\n\nbeside them:\n{_lines(TOOLS)}"
    )


def _lines(tools: Mapping[str, str]) -> str:
    return "\n".join(f"  {name:<12} {text}" for name, text in tools.items())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a tool by name, `argv` being what follows the command; 2 for an unknown one."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if words[0] == "--version":
        print(f"cmc {__version__}")
        return 0
    tool = words[0]
    if tool not in STEPS | TOOLS:
        near = difflib.get_close_matches(tool, STEPS | TOOLS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        print(f"error: no tool {tool!r}.{hint}\n{usage()}", file=sys.stderr)
        return 2
    return importlib.import_module(f"cmc.cli.{tool}").main(words[1:])


if __name__ == "__main__":
    sys.exit(main())
