"""Show the files of `examples/` in the docs: `python -m tools.docs_examples` rewrites the blocks behind their markers.

A marker is the line `<!-- from examples/NAME.py -->` before a fenced Python block.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- from (examples/\w+\.py) -->\n```python\n)(.*?)(```\n)", re.DOTALL)


def markers(text: str) -> list[str]:
    """The files that a page shows."""
    return [match[2] for match in BLOCK.finditer(text)]


def filled(text: str) -> str:
    """The page with each block as its file stands; a block whose file is not there stays as it is."""

    def block(match: re.Match[str]) -> str:
        path = ROOT / match[2]
        code = path.read_text(encoding="utf-8") if path.is_file() else match[3]
        return match[1] + code + match[4]

    return BLOCK.sub(block, text)


def main() -> None:
    """Rewrite every page that shows an example."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if filled(text) != text:
            page.write_text(filled(text), encoding="utf-8")
            print(f"rewritten: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
