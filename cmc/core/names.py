"""The one rule for names of images, from the first stage to the last, and the one form in which they are compared."""

import unicodedata
from pathlib import Path

# Of a name without its suffix, in UTF-8: with the suffixes of streams and of temporary files, which hold host, process
# and thread, the longest file name stays within the 255 bytes that file systems allow.
MAX_BYTES = 150
# Control characters, halves of characters (bytes that are no UTF-8), and ends of lines and paragraphs.
BROKEN = ("Cc", "Cs", "Zl", "Zp")


def composed(name: str) -> str:
    """A name in Unicode's composed form (NFC), in which names are paired; macOS writes the decomposed one to disk."""
    return unicodedata.normalize("NFC", name)


def existing(path: Path) -> Path:
    """`path`, or the file beside it whose name is the same in another Unicode form, where that is the one there."""
    if path.is_file():
        return path
    forms = (path.with_name(unicodedata.normalize(form, path.name)) for form in ("NFC", "NFD"))
    return next((form for form in forms if form.is_file()), path)


def fault(key: str) -> str:
    """Why no image, stream or result can be called so, or ""; `key`: a name without its suffix."""
    unprintable = "" if key.isprintable() else key
    broken = {unicodedata.category(character) for character in unprintable}.intersection(BROKEN)
    if not key or key.startswith("."):
        return "it is empty or begins with a dot"
    if set(key) & set("/\\:"):
        return "it holds a slash, a backslash or a colon"
    if "Cs" in broken:
        return "its bytes are no UTF-8"
    if broken:
        return "it holds a control character or the end of a line"
    if key != key.strip():
        return "it begins or ends with a blank"
    length = len(composed(key).encode())
    return f"it has {length} bytes before the suffix, over {MAX_BYTES}" if length > MAX_BYTES else ""
