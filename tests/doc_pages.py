"""What the pages of the documentation hold: links, headings, and the commands that they name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "models/tiny/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# Shell blocks bear no language; the variables before a command are not its own.
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:cmc|python -m cmc|python script-(?P<step>\w+)\.py)(?P<rest>(?: .*)?)")


@dataclass(frozen=True)
class Command:
    """A command as a page shows it, and the words that `cmc` gets; `mention`: a tool's name in running text."""

    text: str
    words: tuple[str, ...]
    mention: bool

    @property
    def line(self) -> str:
        return shlex.join(self.words)


def name_of(page: Path) -> str:
    """A page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Targets of a page's links and pictures within the repository."""
    targets = LINK.findall(SPAN.sub("", prose(text)))
    return [target for target in targets if "://" not in target]


def anchors(text: str) -> set[str]:
    """What a link can name within a page: its headings, spelled as GitHub does."""
    return {_slug(heading) for heading in HEADING.findall(prose(text))}


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def flags(text: str) -> set[str]:
    """Flags that a page names by themselves, in running text or tables."""
    return {span.split()[0] for span in SPAN.findall(prose(text)) if span.startswith("--")}


def commands(text: str) -> list[Command]:
    """The commands of a page, in order, each once."""
    return list(dict.fromkeys(_commands(text)))


def _commands(text: str) -> Iterator[Command]:
    pieces = re.split(r"(^```\w*\n.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for piece in pieces:
        fence = FENCE.fullmatch(piece)
        shown = SPAN.findall(piece) if fence is None else fence[2].splitlines() if not fence[1] else []
        for line in shown:
            match = COMMAND.fullmatch(line.strip())
            if match:
                step = [match["step"]] if match["step"] else []
                words = (*step, *shlex.split(match["rest"], comments=True))
                yield Command(line.strip(), words, fence is None and len(words) <= 1)
