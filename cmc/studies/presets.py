"""The studies of the paper as plan files that can be printed, edited and run."""

from importlib.resources import files
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.studies.plan import Plan, parse_plan, read_plan


def presets() -> dict[str, str]:
    """The text of each preset by name."""
    found = [entry for entry in files(__package__).iterdir() if entry.name.endswith(".toml")]
    return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in sorted(found, key=str)}


def headline(text: str) -> str:
    """What a plan says of itself in its first line."""
    return text.partition("\n")[0].lstrip("# ")


def find_plan(named: str) -> Plan:
    """A plan by its file or, where there is none, by the name of a preset. Raises CMCError with the presets there."""
    path = Path(named)
    if path.is_file():
        return read_plan(path)
    texts = presets()
    if named not in texts:
        raise CMCError(f"no plan file {named!r}, and no preset of that name; presets: {', '.join(texts)}")
    return parse_plan(texts[named], f"preset {named}", named)


def plan_text(named: str) -> str:
    """The TOML of `find_plan`'s plan."""
    path = Path(named)
    return path.read_text(encoding="utf-8") if path.is_file() else presets()[named]
