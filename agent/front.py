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
from retrieval.dates import MONTHS, YEAR

MIN_WORDS = 800  # of a report; a shorter one is its own summary
MAX_SHARE = 0.1
_MAX_WORDS = 240
_ABSTRACT_SHARE = 0.45
_LEAST, _MOST_ABSTRACT, _MOST_FINDINGS = 2, 4, 7
_MIN_SENTENCE, _MAX_SENTENCE = 8, 34
_MAX_LIKENESS, _MAX_SHARED_WORDS = 0.8, 0.5
_FIGURE, _VERDICT, _OTHER_SECTION = 0.12, 0.2, 0.1
# A figure counts something: "12 gates", "five votes", "8 %", a date. A number that is a name ("PEP 563") counts none.
_FIGURES = re.compile(
    rf"(?<![A-Z]{{2}} )(?<![\w-])\d+(?:[.,]\d+)*\s+(?!and\b|was\b)(?:[a-z]{{3,}}|(?:{'|'.join(MONTHS)})\b)|"
    r"\d\s?%|[€$£]\d|"
    r"\b(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Ee]leven|[Tt]welve) [a-z]{3,}|"
    rf"\b(?:in|since|by|until) {YEAR}\b"
)
# What happened or was found, where `is_verdict` looks for what settles a whole section.
_OUTCOME = re.compile(
    r"\b(?:found that|caused|because|led to|as a result|failed|collapsed|sentenced|convicted|acquitted|resigned|"
    r"rejected|approved|adopted|accepted|abandoned|replaced|closed|refused|costs? \d|killed|injured|recommends?|"
    r"recommended|in total|altogether)\b",
    re.IGNORECASE,
)
# Rows and lines made sentences, questions, and what opens in the middle of an argument: true, and no summary.
_BARE = re.compile(
    r"^\W*\d|^“|[|;]\s*\S+[|;]|:\s+\d{1,2} [A-Z]|\?$|^According to |"
    r"^(?:Of course|Also|Additionally|In addition|Finally|First|Second|Third|Similarly|Likewise|Note that|Next|Now|"
    r"In particular|For (?:instance|example)|As [A-Z][\w ]* (?:notes|says)|Meanwhile|Hence|By contrast|Even so)\b"
)


@dataclass(frozen=True)
class _Candidate:
    claim: Claim
    place: int
    words: int
    overview: float
    news: float
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
    by_overview = [(one.overview, one) for one in candidates]
    abstract = _chosen(by_overview, int(_ABSTRACT_SHARE * budget), _MOST_ABSTRACT, ())
    left = budget - sum(one.words for one in abstract)
    findings = _chosen([(one.news, one) for one in candidates if one.is_notable], left, _MOST_FINDINGS, abstract)
    if min(len(abstract), len(findings)) < _LEAST:
        return None
    in_order = sorted(abstract, key=lambda one: one.place)
    return Front(abstract=tuple(one.claim.id for one in in_order), findings=tuple(one.claim.id for one in findings))


def front_words(report: Report, front: Front) -> int:
    """Words of what stands in front."""
    by_id = {claim.id: claim for claim in report.claims}
    return sum(len(by_id[name].sentence.split()) for name in (*front.abstract, *front.findings))


def _candidates(report: Report, embedder: Embedder, stem: Stem) -> list[_Candidate]:
    """The sentences of the report's sections that can be read alone, in order."""
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
    topic, said = vectors[0], vectors[1:]
    middle = said.mean(axis=0)
    middle = middle / (float(np.linalg.norm(middle)) or 1.0)
    return [
        _candidate(claim, place, said[row], (float(said[row] @ topic), float(said[row] @ middle)), stem)
        for row, (place, claim) in enumerate(alone)
    ]


def _stands_alone(claim: Claim) -> bool:
    sentence = claim.sentence
    is_fit = _MIN_SENTENCE <= len(sentence.split()) <= _MAX_SENTENCE and not _BARE.search(sentence)
    return is_fit and bool(claim.citations) and bool(claim.block) and not leans(sentence)


def _candidate(claim: Claim, place: int, vector: FloatArray, likeness: tuple[float, float], stem: Stem) -> _Candidate:
    """`likeness` is that to the topic, and that to the middle of all that the report says."""
    to_topic, to_middle = likeness
    has_figure = bool(_FIGURES.search(claim.sentence))
    settles = is_verdict(claim.sentence) or bool(_OUTCOME.search(claim.sentence))
    return _Candidate(
        claim=claim,
        place=place,
        words=len(claim.sentence.split()),
        overview=0.5 * (to_topic + to_middle) + _VERDICT * settles,
        news=to_topic + _FIGURE * has_figure + _VERDICT * settles,
        is_notable=has_figure or settles,
        bag=frozenset(content_words(claim.sentence, stem)),
        vector=vector,
    )


def _chosen(
    candidates: Sequence[tuple[float, _Candidate]], room: int, most: int, taken: Sequence[_Candidate]
) -> list[_Candidate]:
    """The best by score that fit into so many words, sections that have none yet before others; none like another."""
    chosen: list[_Candidate] = []
    left = list(candidates)
    while left and len(chosen) < most:
        told = {one.claim.section for one in (*taken, *chosen)}
        best = max(
            left, key=lambda pair: (pair[0] + _OTHER_SECTION * (pair[1].claim.section not in told), -pair[1].place)
        )
        left.remove(best)
        one = best[1]
        if one.words <= room and not any(_says_alike(one, other) for other in (*taken, *chosen)):
            chosen.append(one)
            room -= one.words
    return chosen


def _says_alike(one: _Candidate, other: _Candidate) -> bool:
    """Whether two sentences share a quotation, most of their words, or their meaning as vectors have it."""
    shared = len(one.bag & other.bag) / max(1, min(len(one.bag), len(other.bag)))
    is_near = float(np.dot(one.vector, other.vector)) > _MAX_LIKENESS
    return bool(set(one.claim.citations) & set(other.claim.citations)) or shared > _MAX_SHARED_WORDS or is_near
