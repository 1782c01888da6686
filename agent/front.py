"""What stands in front of a report: a short abstract and its key findings, chosen from its own sentences.

Nothing is written here. Each sentence stands in the text too, with the same citations and quotations; what is chosen is
what is near the topic, gives a figure or settles a matter, can be read alone, and says nothing twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.grounding.support import Stem, content_words
from agent.pacing.order import is_verdict, leans
from agent.types import Claim, Front, Report
from lm.embedding import Embedder, FloatArray

MIN_WORDS = 800  # of a report; a shorter one is its own summary
MAX_SHARE = 0.1
_MAX_WORDS = 240
_ABSTRACT_SHARE = 0.45
_LEAST, _MOST_ABSTRACT, _MOST_FINDINGS = 2, 4, 7
_MIN_SENTENCE, _MAX_SENTENCE = 8, 34
_MAX_LIKENESS, _MAX_SHARED_WORDS = 0.8, 0.5
_FIGURE, _VERDICT, _OTHER_SECTION = 0.12, 0.15, 0.1
_FIGURES = re.compile(r"\d")
# What happened or was found, where `is_verdict` looks for what settles a whole section.
_OUTCOME = re.compile(
    r"\b(?:found that|caused|because|led to|as a result|failed|collapsed|sentenced|convicted|acquitted|resigned|"
    r"rejected|approved|adopted|accepted|abandoned|replaced|closed|refused|cost|costs|killed|injured|recommends?|recommended|"
    r"in total|altogether)\b",
    re.IGNORECASE,
)
# A row or a line of figures made a sentence, a heading's number, an address: true, and no summary.
_BARE = re.compile(r"^\W*\d|[|;:]\s*\S+[|;]|\?$|^According to ")


@dataclass(frozen=True)
class _Candidate:
    claim: Claim
    place: int
    words: int
    score: float
    is_notable: bool
    bag: frozenset[str]
    vector: FloatArray


def front_of(report: Report, embedder: Embedder, stem: Stem) -> Front | None:
    """The abstract and the key findings, at most a tenth of the report's words together; None where it is too short for
    one, or has too few sentences that stand alone."""
    if report.figures.words < MIN_WORDS:
        return None
    budget = min(_MAX_WORDS, int(MAX_SHARE * report.figures.words))
    candidates = _candidates(report, embedder, stem)
    findings = _chosen([one for one in candidates if one.is_notable], budget, _MOST_FINDINGS, (), (1 - _ABSTRACT_SHARE))
    left = budget - sum(one.words for one in findings)
    abstract = _chosen(candidates, left, _MOST_ABSTRACT, findings, 1.0)
    if min(len(abstract), len(findings)) < _LEAST:
        return None
    in_order = sorted(abstract, key=lambda one: one.place)
    return Front(abstract=tuple(one.claim.id for one in in_order), findings=tuple(one.claim.id for one in findings))


def front_words(report: Report, front: Front) -> int:
    """Words of what stands in front."""
    by_id = {claim.id: claim for claim in report.claims}
    return sum(len(by_id[name].sentence.split()) for name in (*front.abstract, *front.findings))


def _candidates(report: Report, embedder: Embedder, stem: Stem) -> list[_Candidate]:
    """The sentences of the report's sections that can be read alone, best first."""
    by_id = {claim.id: claim for claim in report.claims}
    shown = [
        by_id[claim_id]
        for section in report.sections
        if section.kind == "section"
        for paragraph in section.paragraphs
        for claim_id in paragraph
    ]
    alone = [(place, claim) for place, claim in enumerate(shown) if _stands_alone(claim)]
    if not alone:
        return []
    vectors = embedder.encode([report.title, *(claim.sentence for _, claim in alone)])
    likeness = vectors[1:] @ vectors[0]
    found = [
        _candidate(claim, place, vectors[row + 1], float(likeness[row]), stem)
        for row, (place, claim) in enumerate(alone)
    ]
    return sorted(found, key=lambda one: (-one.score, one.place))


def _stands_alone(claim: Claim) -> bool:
    sentence = claim.sentence
    is_fit = _MIN_SENTENCE <= len(sentence.split()) <= _MAX_SENTENCE and not _BARE.search(sentence)
    return is_fit and bool(claim.citations) and bool(claim.block) and not leans(sentence)


def _candidate(claim: Claim, place: int, vector: FloatArray, likeness: float, stem: Stem) -> _Candidate:
    has_figure = bool(_FIGURES.search(claim.sentence))
    settles = is_verdict(claim.sentence) or bool(_OUTCOME.search(claim.sentence))
    return _Candidate(
        claim=claim,
        place=place,
        words=len(claim.sentence.split()),
        score=likeness + _FIGURE * has_figure + _VERDICT * settles,
        is_notable=has_figure or settles,
        bag=frozenset(content_words(claim.sentence, stem)),
        vector=vector,
    )


def _chosen(
    candidates: Sequence[_Candidate], budget: int, most: int, taken: Sequence[_Candidate], share: float
) -> list[_Candidate]:
    """The best within a share of the budget, sections that have none yet before others; none like one before it."""
    chosen: list[_Candidate] = []
    room = int(share * budget)
    left = list(candidates)
    while left and len(chosen) < most:
        told = {one.claim.section for one in (*taken, *chosen)}
        best = max(left, key=lambda one: (one.score + _OTHER_SECTION * (one.claim.section not in told), -one.place))
        left.remove(best)
        if best.words <= room and not any(_says_alike(best, one) for one in (*taken, *chosen)):
            chosen.append(best)
            room -= best.words
    return chosen


def _says_alike(one: _Candidate, other: _Candidate) -> bool:
    """Whether two sentences share a quotation, most of their words, or their meaning as vectors have it."""
    shared = len(one.bag & other.bag) / max(1, min(len(one.bag), len(other.bag)))
    is_near = float(np.dot(one.vector, other.vector)) > _MAX_LIKENESS
    return bool(set(one.claim.citations) & set(other.claim.citations)) or shared > _MAX_SHARED_WORDS or is_near
