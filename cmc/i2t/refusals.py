"""Refusals in plain words, since an API marks few of them as such."""

import re

from cmc.i2t.refusal_wordings import LATER, PREFACES, WORDINGS

# Only the beginning is looked at: a refusal comes first, and the time is bounded.
_LOOKED_AT = 1000

_PREFACE = re.compile(rf"(?:(?:{'|'.join(PREFACES)})(?!\w)[\s,.!:;…—–-]*)+")
_REFUSAL = re.compile("|".join(f"(?:{wording})" for wording in WORDINGS))
_LATER = re.compile(LATER)
_QUOTED = re.compile(r"\"[^\"]{0,300}\"|(?<!\w)'[^\"]{0,300}?'(?!\w)")
# What is read in a picture is quoted without marks, too: "A sign reads I cannot help".
_WRITING = re.compile(
    r"\b(?:read|says?|said|saying|text|word|written|titled?|caption|label|sign|poster|shirt|meme|quot|slogan|message"
    r"|letter|print|note|bubble|screen|banner|sticker|headline|inscri|graffiti|subtitle|lyric)"
)
_SENTENCE = re.compile(r"[.!?。！？]")
_CURLY = str.maketrans("‘’ʼ′＇´`“”„«»＂，", "'''''''\"\"\"\"\"\",")
_MARKDOWN = re.compile(r"[\s*_#>~•\-—–…]*")


def declines(text: str) -> bool:
    """Whether the first sentence, politeness and preface aside, refuses, asks for a picture or speaks of the model."""
    plain = _plain(text)
    bare = _PREFACE.sub("", plain, count=1) if _PREFACE.match(plain) else plain
    if _REFUSAL.match(plain) or _REFUSAL.match(bare):
        return True
    sentence = _SENTENCE.split(_QUOTED.sub("", bare), maxsplit=1)[0]
    later = _LATER.search(sentence)
    return later is not None and not _WRITING.search(sentence, 0, later.start())


def _plain(text: str) -> str:
    """The beginning in lower case with straight quotes, without Markdown and without quotes around the whole."""
    visible = "".join(character for character in text[:_LOOKED_AT] if character.isprintable() or character.isspace())
    words = " ".join(visible.translate(_CURLY).lower().split()).replace("**", "")
    plain = _MARKDOWN.sub("", words, count=1)
    quote = plain[:1]
    if quote in {'"', "'"} and plain.rstrip(" .!*_").endswith(quote) and quote + " " not in plain:
        return plain.strip(quote + " ")
    return plain
