"""How far a form about a reconstruction agrees with that about its ground truth, by field, from 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from cmc.audit.form import Form, FormObject
from cmc.audit.wording import colours_of, name_of, setting_words, written

FIELDS = ("objects", "counts", "colours", "text", "setting")
Pair = tuple[FormObject, FormObject]


@dataclass(frozen=True)
class Matching:
    """Kinds of objects of the same name in both forms, ground truth's first, those that only one of them names, and of
    each form's kinds the number."""

    pairs: Sequence[Pair]
    lost: Sequence[FormObject]
    new: Sequence[FormObject]


def match(gt: Form, other: Form) -> Matching:
    """Pairs by name, as `name_of` has it. Of several kinds of one name those of one colour are paired first, the rest
    in their order."""
    pairs: list[Pair] = []
    lost, new = list(gt.objects), list(other.objects)
    for with_colour in (True, False):
        for kind in list(lost):
            partner = next((found for found in new if _alike(kind, found, with_colour)), None)
            if partner is not None:
                pairs.append((kind, partner))
                lost.remove(kind)
                new.remove(partner)
    order = {id(kind): place for place, kind in enumerate(gt.objects)}
    return Matching(sorted(pairs, key=lambda pair: order[id(pair[0])]), lost, new)


def _alike(kind: FormObject, other: FormObject, with_colour: bool) -> bool:
    same_colour = not with_colour or colours_of(kind.colour) == colours_of(other.colour)
    return name_of(kind.name) == name_of(other.name) and same_colour


def agreement(gt: Form, other: Form) -> dict[str, float]:
    """The agreement of two forms by field of FIELDS.

    objects: F-measure of the kinds named, 2 x pairs / (kinds of both), 1 where neither names any. counts: mean of
    smaller / larger count over the pairs. colours: mean over the pairs of the colours in both / in either, 1 where
    neither has one. An object without a partner counts under objects alone; where there are objects but no pair,
    nothing of counts and colours was kept: 0. text: 1 - character error rate (edit distance / characters of ground
    truth's text), 0 at least; 1 where neither has text, 0 where only the reconstruction has. setting: F-measure of
    the words.
    """
    matching = match(gt, other)
    kinds = len(gt.objects) + len(other.objects)
    return {
        "objects": 2 * len(matching.pairs) / kinds if kinds else 1.0,
        "counts": _mean([same_count(pair) for pair in matching.pairs], kinds),
        "colours": _mean([same_colour(pair) for pair in matching.pairs], kinds),
        "text": same_text(gt.text, other.text),
        "setting": same_setting(gt.setting, other.setting),
    }


def _mean(values: Sequence[float], kinds: int) -> float:
    return fmean(values) if values else float(not kinds)


def same_count(pair: Pair) -> float:
    """Smaller / larger count: 2 of 3 birds are 0.667."""
    counts = [kind.count for kind in pair]
    return min(counts) / max(counts)


def same_colour(pair: Pair) -> float:
    """Colours in both / in either (Jaccard): black and white beside white is 0.5."""
    gt, other = (colours_of(kind.colour) for kind in pair)
    return len(gt & other) / len(gt | other) if gt | other else 1.0


def same_text(gt: tuple[str, ...], other: tuple[str, ...]) -> float:
    """1 - character error rate, 0 at least."""
    from rapidfuzz.distance import Levenshtein

    true, found = written(gt), written(other)
    if not true:
        return float(not found)
    return max(0.0, 1 - Levenshtein.distance(true, found) / len(true))


def same_setting(gt: str, other: str) -> float:
    """F-measure of the words: a sandy beach beside a beach is 0.667; 1 where both are empty."""
    true, found = setting_words(gt), setting_words(other)
    return 2 * len(true & found) / (len(true) + len(found)) if true or found else 1.0
