"""Makes `cmc/stream/words-<version>.xz`, the frozen statistics of the caption word model.

Needs `pip install wordfreq==3.1.1` (Apache-2.0; its word list CC BY-SA 4.0, see its NOTICE). Sources: the English word
frequencies of wordfreq ("large" list), `caption_words.txt` (words that captions are made of) and
`tuning_captions.txt`, both written for this project. The captions that the coder is judged by
(`tests/stream/captions.txt`) take no part. Floats are used here only; what ships is whole numbers.

    python tools/word_table.py [OUTPUT]
"""

import json
import lzma
import re
import sys
from collections import Counter
from pathlib import Path

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


def frequencies() -> dict[str, float]:
    """Relative frequency of each English word, most frequent first."""
    from wordfreq import get_frequency_dict

    found = get_frequency_dict("en", wordlist="large")
    ranked = sorted(((f, w) for w, f in found.items() if WORD.match(w)), key=lambda pair: (-pair[0], pair[1]))
    return {word: frequency for frequency, word in ranked[:VOCABULARY]}


def listed_words() -> list[str]:
    """The parts of the words of the caption vocabulary."""
    pieces = (HERE / "caption_words.txt").read_text(encoding="utf-8").lower().replace("-", " ").split()
    return sorted(set(pieces))


def captions() -> list[str]:
    """The captions that contexts are counted on."""
    return (HERE / "tuning_captions.txt").read_text(encoding="utf-8").splitlines()


def document(texts: list[str], unigrams: dict[str, float], listed: list[str]) -> dict:
    """The table of the statistics of `texts` and the two word lists."""
    lines = [[token.lower() for token in tk.split(text) if token != tk.FLIP] for text in texts]
    counts = Counter(token for line in lines for token in line)
    head = [wt.END, wt.SPELL, tk.FLIP, *wt.CLASSES, *MARKS]
    head += sorted(t for t, n in counts.items() if n >= HEAD_FROM and WORD.match(t))
    tail, tail_ids = tail_levels(head, counts, unigrams, listed)
    contexts, following = count_contexts(lines, {t: i for i, t in enumerate(head)}, tail_ids)
    everywhere = contexts.pop("")
    order0 = [8 * everywhere.get(i, 0) + 1 for i in range(len(head))]
    letter0, letters = letter_counts(unigrams)
    return {
        "head": head, "order0": order0, "contexts": contexts, "trust": TRUST, "tail": tail, "next": following,
        "cases": [[2, 200, 4], [1000, 12, 4], [20, 20, 4]], "letter0": letter0, "letters": letters,
    }  # fmt: skip


def tail_levels(
    head: list[str], counts: Counter[str], unigrams: dict[str, float], listed: list[str]
) -> tuple[dict[str, list], dict[str, int]]:
    """The other words by class as [weight, "word word ..."], heaviest first, and their numbers."""
    known = [word for word in {**unigrams, **dict.fromkeys(listed), **counts} if WORD.match(word)]
    words = sorted(set(known) - set(head))
    seen = sum(counts[word] for word in words)
    rare = sum(unigrams.get(word, 0) for word in words)
    fame = {word: max(unigrams.get(word, 0), 1e-7) ** LIST_POWER for word in set(listed) - set(head)}
    famous = sum(fame.values())
    weight = {
        word: max(
            1,
            int(
                UNIT
                * (
                    (1 - LISTED - SEEN) * unigrams.get(word, 0) / rare
                    + LISTED * fame.get(word, 0) / famous
                    + SEEN * counts[word] / max(seen, 1)
                )
            ),
        )
        for word in words
    }
    levels: dict[str, list] = {}
    ids: dict[str, int] = {}
    for name in wt.CLASSES:
        members = sorted((w for w in words if wt.word_class(w) == name), key=lambda w: (-weight[w], w))
        grouped: dict[int, list[str]] = {}
        for word in members:
            ids[word] = len(ids)
            grouped.setdefault(weight[word], []).append(word)
        levels[name] = [[n, " ".join(group)] for n, group in grouped.items()]
    return levels, ids


def count_contexts(
    lines: list[list[str]], head_ids: dict[str, int], tail_ids: dict[str, int]
) -> tuple[dict[str, dict[int, int]], dict[str, dict[int, int]]]:
    """Counts of head symbols after one ("a") and two ("with\\ta") tokens, and of tail words after a token."""
    contexts: dict[str, Counter[int]] = {}
    following: dict[str, Counter[int]] = {}
    for line in lines:
        before = last = wt.END
        word = wt.END
        for token in [*line, wt.END]:
            symbol = token
            if token not in head_ids:
                symbol = wt.word_class(token) if token in tail_ids else wt.SPELL
            if token in tail_ids:
                following.setdefault(word, Counter())[tail_ids[token]] += 1
            for key in ("", last, f"{before}\t{last}"):
                contexts.setdefault(key, Counter())[head_ids[symbol]] += 1
            before, last = last, token if token in head_ids else f"\0{wt.suffix(token)}"
            word = token
    kept = {
        key: dict(sorted(c.items())) for key, c in sorted(contexts.items()) if "\t" not in key or sum(c.values()) > 1
    }
    return kept, {key: dict(sorted(c.items())) for key, c in sorted(following.items())}


def letter_counts(unigrams: dict[str, float]) -> tuple[list[int], dict[str, dict[int, int]]]:
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
    small = {
        str(k): {i: -(-n * 200 // sum(c.values())) for i, n in sorted(c.items())} for k, c in sorted(after.items())
    }
    return [1] * (len(wt.LETTERS) + 2), small


def main() -> None:
    """Write the table to the package, or to the file named on the command line."""
    package = Path(wt.__file__).with_name(f"words-{wt.VERSION}.xz")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else package
    table = document(captions(), frequencies(), listed_words())
    plain = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    target.write_bytes(lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME))
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
