"""Why a candidate falls short of what is asked of it alone."""

from cmc.curation.candidates import Candidate
from cmc.curation.measures import Measures
from cmc.curation.plan import Criteria


def fault_of(candidate: Candidate, criteria: Criteria, higher_is_better: bool) -> str:
    """Why a candidate cannot stay, whatever the others are like; "" where it can."""
    return measured_fault(candidate.measures, criteria) or _score_fault(candidate, criteria, higher_is_better)


def measured_fault(measures: Measures, criteria: Criteria) -> str:
    """Why not, by what is known without a score; "" where it can. No model need be run for the others."""
    if measures.fault:
        return f"unreadable: {measures.fault}"
    shorter, longer = sorted((measures.width, measures.height))
    if criteria.least_side is not None and shorter < criteria.least_side:
        return f"size: the shorter side has {shorter:,} pixels, under {criteria.least_side:,}"
    if criteria.largest_side is not None and longer > criteria.largest_side:
        return f"size: the longer side has {longer:,} pixels, over {criteria.largest_side:,}"
    quality = measures.jpeg_quality
    if criteria.jpeg_quality is not None and quality is not None and quality < criteria.jpeg_quality:
        return f"JPEG quality: {quality}, under {criteria.jpeg_quality}"
    if criteria.blocking is not None and measures.blocking is not None and measures.blocking > criteria.blocking:
        return f"blocking: {measures.blocking:.3f}, over {criteria.blocking:g}"
    return ""


def _score_fault(candidate: Candidate, criteria: Criteria, higher_is_better: bool) -> str:
    if not criteria.scored:
        return ""
    if candidate.score is None:
        return f"unscored: {candidate.unscored}"
    if criteria.least is None:
        return ""
    if higher_is_better and candidate.score < criteria.least:
        return f"score: {candidate.score:.4f}, under {criteria.least:g}"
    if not higher_is_better and candidate.score > criteria.least:
        return f"score: {candidate.score:.4f}, over {criteria.least:g} (less is better)"
    return ""
