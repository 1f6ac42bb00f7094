"""The names of an image's items, as they stand in its caption."""

from cmc.core.errors import CMCError

MOST = 3


def names_of(text: str) -> list[str]:
    """The one to three names in the first line that is not empty, `A, B, C.`, of a caption that goes on below it.

    Raises CMCError for a caption of one line, which names no items, and for more names.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].rstrip(".").split(",")] if len(lines) > 1 else []
    names = [name for name in names if name]
    if not 1 <= len(names) <= MOST:
        found = f"{len(names)} names" if len(lines) > 1 else f"{len(lines)} line(s)"
        raise CMCError(
            f"expected a first line of 1 to {MOST} names (`A, B, C.`) and lines below it, found {found}; "
            "caption it anew"
        )
    return names
