"""Were the right figures extracted? Pairs of field and number, held against the gold facts of one profile.

Knows figures with the words of their field; must not know how they were found. Gold facts are a sample of a profile, so
a figure of a field that no gold fact has is neither right nor wrong: it is counted beside the others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.metrics.facts import GoldFact
from evals.metrics.quantities import rounded, value_of
from evals.report_figures import figures_in
from lm.copying import folded

_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = """a an and at by for from in is of on or per the to with"""
_NO_FIELD = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True)
class SaidFigure:
    """A figure as it was extracted: `text` is its number with what stands behind it ("1.2 million crowns")."""

    subject: str
    field: str
    text: str

    @property
    def value(self) -> float | None:
        """With its scale word, without its sign."""
        found = figures_in(folded(self.text))
        return value_of(found[0]) if found else None


@dataclass(frozen=True)
class ExtractionScores:
    """Counts of one profile. `n_judged` figures are of a field that a gold fact has; of them `n_right` have its number.
    `n_found` of `n_gold` facts were extracted with their number."""

    n_said: int
    n_judged: int
    n_right: int
    n_gold: int
    n_found: int

    @property
    def precision(self) -> float | None:
        """Share of the judged figures that are right; None where none could be judged."""
        return self.n_right / self.n_judged if self.n_judged else None

    @property
    def recall(self) -> float | None:
        """Share of the gold facts that were extracted."""
        return self.n_found / self.n_gold if self.n_gold else None


def extraction_scores(gold: Sequence[GoldFact], said: Sequence[SaidFigure]) -> ExtractionScores:
    """Hold extracted figures against gold facts; numbers are compared without their sign.

    A figure is of a gold fact's field when it is the subject's, and its field has all words of the fact's ("Median age
    / male"; the first step, a chapter, may be missing, or be another: profiles are not all arranged alike) and no
    others but those of chapter, subject and value.
    """
    facts = list({(fact.subject, fact.field, rounded(fact.number)): fact for fact in gold}.values())
    right: set[int] = set()
    n_judged = n_right = 0
    for one in said:
        of_field = [number for number, fact in enumerate(facts) if _is_of(one, fact)]
        hits = [number for number in of_field if one.value == rounded(facts[number].number)]
        n_judged += bool(of_field)
        n_right += bool(hits)
        right.update(hits)
    return ExtractionScores(len(said), n_judged, n_right, len(facts), len(right))


def _is_of(one: SaidFigure, fact: GoldFact) -> bool:
    chapter, _, field = fact.field.partition(" / ")
    is_as_deep = one.field.count(" / ") == fact.field.count(" / ")
    said_chapter = one.field.partition(" / ")[0] if is_as_deep else ""
    wanted = _words(field or chapter)
    subject, said = _words(fact.subject), _words(one.field)
    others = _words(chapter) | _words(said_chapter) | subject | _words(fact.value)
    return bool(subject & _words(one.subject)) and bool(wanted) and wanted <= said <= wanted | others


def _words(text: str) -> set[str]:
    words = _WORD.findall(folded(text).casefold())
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words} - _NO_FIELD
