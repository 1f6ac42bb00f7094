"""Makes `cmc/stream/words-<version>.xz`, the frozen statistics of the caption word model.

Needs `pip install wordfreq==3.1.1` (Apache-2.0; its word list CC BY-SA 4.0, see its NOTICE). Sources: the English word
frequencies of wordfreq ("large" list), `caption_words.txt` (words that captions are made of) and
`tuning_captions.txt`, both written for this project. The captions that the coder is judged by
(`tests/stream/captions.txt`) take no part. Floats are used here only; what ships is whole numbers.

    python -m tools.word_table [OUTPUT]
"""

import argparse
import json
import lzma
import re
from collections import Counter
from pathlib import Path
from typing import TypedDict

from cmc.stream import word_table as wt
from cmc.stream import word_tokens as tk

HERE = Path(__file__).parent
WORD = re.compile("[a-z\u00c0-\u024f]+(?:['\u2019][a-z\u00c0-\u024f]+)*$")
VOCABULARY = 60_000
HEAD_FROM = 5  # a token is of the head from this many occurrences in the tuning captions on
MARKS = list(".,;:!?-\"'()/&%\u2019\u2013\u2014\n")
UNIT = 1 << 26  # weight of all of wordfreq
TRUST = [2, 2, 4]  # smoothing: head by one token, head by two, tail
LISTED, SEEN = 0.55, 0.1  # shares of the tail's weight: words of the list, words of the tuning captions
LIST_POWER = 0.35  # how far a listed word's own frequency counts: 0 is not at all
CASES = [[2, 200, 4], [1000, 12, 4], [20, 20, 4]]
SHIPPED = Path(wt.__file__).with_name(f"words-{wt.VERSION}.xz")
# Counts of symbols by what they follow.
Counts = dict[str, dict[int, int]]
# [weight, "word word ..."] of a class, heaviest first.
Levels = list[tuple[int, str]]


class Document(TypedDict):
    """The table as it is stored."""

    head: list[str]
    order0: list[int]
    contexts: Counts
    trust: list[int]
    tail: dict[str, Levels]
    next: Counts
    cases: list[list[int]]
    letter0: list[int]
    letters: Counts


def frequencies() -> dict[str, float]:
    """Relative frequency of each English word, most frequent first."""
    from wordfreq import get_frequency_dict

    words = [(word, share) for word, share in get_frequency_dict("en", wordlist="large").items() if WORD.match(word)]
    return dict(sorted(words, key=lambda pair: (-pair[1], pair[0]))[:VOCABULARY])


def listed_words() -> list[str]:
    """The parts of the words of the caption vocabulary."""
    pieces = (HERE / "caption_words.txt").read_text(encoding="utf-8").lower().replace("-", " ").split()
    return sorted(set(pieces))


def captions() -> list[str]:
    """The captions that contexts are counted on."""
    return (HERE / "tuning_captions.txt").read_text(encoding="utf-8").splitlines()


def document(texts: list[str], unigrams: dict[str, float], listed: list[str]) -> Document:
    """The table of the statistics of `texts` and the two word lists."""
    lines = [[token.lower() for token in tk.split(text) if token != tk.FLIP] for text in texts]
    counts = Counter(token for line in lines for token in line)
    head = [wt.END, wt.SPELL, tk.FLIP, *wt.CLASSES, *MARKS]
    head += sorted(t for t, n in counts.items() if n >= HEAD_FROM and WORD.match(t))
    weights = tail_weights(head, counts, unigrams, listed)
    tail_ids = numbered(weights)
    contexts, following = count_contexts(lines, {t: i for i, t in enumerate(head)}, tail_ids)
    everywhere = contexts.pop("")
    order0 = [8 * everywhere.get(i, 0) + 1 for i in range(len(head))]
    letter0, letters = letter_counts(unigrams)
    return {
        "head": head,
        "order0": order0,
        "contexts": contexts,
        "trust": TRUST,
        "tail": {name: levels(weights, name) for name in wt.CLASSES},
        "next": following,
        "cases": CASES,
        "letter0": letter0,
        "letters": letters,
    }


def tail_weights(
    head: list[str], counts: Counter[str], unigrams: dict[str, float], listed: list[str]
) -> dict[str, int]:
    """The weight of each of the other words, in alphabetical order."""
    words = sorted({word for word in (*unigrams, *listed, *counts) if WORD.match(word)} - set(head))
    seen = max(sum(counts[word] for word in words), 1)
    rare = sum(unigrams.get(word, 0) for word in words)
    fame = {word: max(unigrams.get(word, 0), 1e-7) ** LIST_POWER for word in set(listed) - set(head)}
    famous = sum(fame.values())

    def weight(word: str) -> float:
        return (
            (1 - LISTED - SEEN) * unigrams.get(word, 0) / rare
            + LISTED * fame.get(word, 0) / famous
            + SEEN * counts[word] / seen
        )

    return {word: max(1, int(UNIT * weight(word))) for word in words}


def class_members(weights: dict[str, int], name: str) -> list[str]:
    """The words of a class, heaviest first."""
    return sorted((w for w in weights if wt.word_class(w) == name), key=lambda w: (-weights[w], w))


def numbered(weights: dict[str, int]) -> dict[str, int]:
    """The words' numbers: class by class, heaviest first."""
    ordered = [word for name in wt.CLASSES for word in class_members(weights, name)]
    return {word: number for number, word in enumerate(ordered)}


def levels(weights: dict[str, int], name: str) -> Levels:
    """The words of a class, those of one weight together."""
    grouped: dict[int, list[str]] = {}
    for word in class_members(weights, name):
        grouped.setdefault(weights[word], []).append(word)
    return [(weight, " ".join(words)) for weight, words in grouped.items()]


def count_contexts(lines: list[list[str]], head_ids: dict[str, int], tail_ids: dict[str, int]) -> tuple[Counts, Counts]:
    """Counts of head symbols after one ("a") and two ("with\\ta") tokens, and of tail words after a token."""
    contexts: dict[str, Counter[int]] = {}
    following: dict[str, Counter[int]] = {}
    for line in lines:
        before = last = word = wt.END
        for token in [*line, wt.END]:
            if token in tail_ids:
                following.setdefault(word, Counter())[tail_ids[token]] += 1
            symbol = head_symbol(token, head_ids, tail_ids)
            for key in ("", last, f"{before}\t{last}"):
                contexts.setdefault(key, Counter())[head_ids[symbol]] += 1
            before, last = last, token if token in head_ids else f"\0{wt.suffix(token)}"
            word = token
    repeated = {key: counter for key, counter in contexts.items() if "\t" not in key or counter.total() > 1}
    return ordered(repeated), ordered(following)


def head_symbol(token: str, head_ids: dict[str, int], tail_ids: dict[str, int]) -> str:
    """A token itself if it is of the head, else the class that it is coded through."""
    if token in head_ids:
        return token
    return wt.word_class(token) if token in tail_ids else wt.SPELL


def ordered(contexts: dict[str, Counter[int]]) -> Counts:
    """By context and symbol, so that the same counts make the same file."""
    return {key: dict(sorted(counter.items())) for key, counter in sorted(contexts.items())}


def letter_counts(unigrams: dict[str, float]) -> tuple[list[int], Counts]:
    """Weights of letters of spelled words: by themselves, and after another letter."""
    after: dict[int, Counter[int]] = {}
    rarer = list(unigrams)[10_000:]
    digits = [str(n) for n in range(0, 10_000, 7)]
    for word in [*rarer, *(w.capitalize() for w in rarer), *(w.upper() for w in rarer[::8]), *digits]:
        last = wt.LETTER_END
        for letter in [*word, None]:
            code = wt.LETTER_END if letter is None else ord(letter) - 32
            code = code if code <= wt.LETTER_END else wt.LETTER_OTHER
            after.setdefault(last, Counter())[code] += 1
            last = code
    weights = {str(last): in_200ths(counter) for last, counter in sorted(after.items())}
    return [1] * (len(wt.LETTERS) + 2), weights


def in_200ths(counter: Counter[int]) -> dict[int, int]:
    """Shares in 1/200, rounded up."""
    total = counter.total()
    return {symbol: -(-count * 200 // total) for symbol, count in sorted(counter.items())}


def main() -> None:
    """Write the table to the package, or to the file named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=SHIPPED, metavar="OUTPUT")
    target = parser.parse_args().output
    table = document(captions(), frequencies(), listed_words())
    plain = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    target.write_bytes(lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME))
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
