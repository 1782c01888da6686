"""Does a report state the gold facts, exactly, and of the right subject?

Knows the sentences of a report, facts with a number, and texts about other subjects. Must not know how either was
found, nor what the writer checked.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from evals.metrics.quantities import (
    Quantity,
    has_same_sign,
    has_same_unit,
    has_same_year,
    quantity_in,
    rounded,
    value_of,
)
from evals.report_figures import figures_in
from evals.report_subjects import Attributed, Names, attributed
from evals.report_text import Sentence
from lm.copying import folded

FactVerdict = Literal["missing", "covered", "exact", "wrong_subject", "wrong_value"]

_ROUNDING = 0.05  # a figure this near to the fact's is taken for a rounding of it: neither right nor an error
_COMPARES = re.compile(r"\b(?:by|than|average of|from)\s*(?:-|[$€£¥])?\s*$|\baverage\b[^.;]*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class GoldFact:
    """A fact that a report should state: "Afghanistan", "5.79 deaths/1,000 population (2025 est.)", 5.79.

    `field` is the path of its measure: "People and Society / Death rate".
    """

    subject: str
    value: str
    number: float
    field: str = ""


@dataclass(frozen=True)
class FactFinding:
    """What became of a fact, with the sentence that shows it; `is_right_by_chance`: would its number have stood in the
    text about another subject, drawn at random? None where there was none to draw, or the fact is missing."""

    fact: GoldFact
    verdict: FactVerdict
    sentence: str = ""
    subject: str = ""
    is_right_by_chance: bool | None = None


@dataclass(frozen=True)
class FactScores:
    """Counts over gold facts; shares are in [0, 1] and None where there was nothing to count.

    `n_covered` holds `n_exact`. `n_held_by_chance` counts the stated facts that were held against another text.
    """

    n_facts: int
    n_covered: int
    n_exact: int
    n_wrong_subject: int
    n_wrong_value: int
    n_held_by_chance: int
    n_right_by_chance: int

    @property
    def n_stated(self) -> int:
        """Facts that the report speaks of: their figure, to whichever subject, or another in its place."""
        return self.n_covered + self.n_wrong_subject + self.n_wrong_value

    @property
    def coverage(self) -> float | None:
        """Share of the facts that the report states of their subject."""
        return _share(self.n_covered, self.n_facts)

    @property
    def exactness(self) -> float | None:
        """Share of the stated facts with value, unit, year and subject right."""
        return _share(self.n_exact, self.n_stated)

    @property
    def wrong_subject(self) -> float | None:
        """Share of the stated facts that are given to another subject."""
        return _share(self.n_wrong_subject, self.n_stated)

    @property
    def wrong_value(self) -> float | None:
        """Share of the stated facts whose subject is given another figure for the same measure."""
        return _share(self.n_wrong_value, self.n_stated)

    @property
    def right_by_chance(self) -> float | None:
        """Share of the stated facts whose number stands somewhere in a text drawn at random: the chance level."""
        return _share(self.n_right_by_chance, self.n_held_by_chance)


def judge_facts(
    facts: Sequence[GoldFact], sentences: Sequence[Sentence], texts: Mapping[str, str], rng: np.random.Generator
) -> list[FactFinding]:
    """Look each fact up in a report.

    A fact is covered when a sentence that names its subject, or whose paragraph is about it, has its number (sign
    aside). It is exact when such a figure, given to that subject by the rule of `attributed`, also has the sign, the
    unit (percent, currency, else a word of it behind the figure, or elsewhere in the sentence when no unit is behind),
    and the year: when fact and sentence both give years, they share one. Two figures that swap years within a sentence
    pass. It is of the wrong subject when it is given, with its unit, only to subjects of whom it is not true, as far as
    `texts` and the other facts tell. Rounded numbers are not the same.

    Its value is wrong when nothing of that is found, yet a sentence with the words of its field gives its subject a
    figure of this unit and year that is nowhere true of it.

    Args:
        facts: what should be there.
        sentences: of the report.
        texts: by subject, what is known of it. Subjects of no fact serve as the level of chance, one drawn a fact.
        rng: draws them.

    Raises:
        ValueError: a fact has no subject.
    """
    if nameless := next((fact for fact in facts if not folded(fact.subject)), None):
        raise ValueError(f"the fact {nameless.value!r} has no subject")
    subjects = {folded(fact.subject) for fact in facts}
    figures = list(attributed(sentences, Names([*subjects, *texts])))
    known = {folded(subject): text for subject, text in texts.items()}

    @cache  # most texts of a corpus are never asked for, and reading one takes its time
    def true_of(subject: str) -> frozenset[float]:
        read = (value_of(figure) for figure in figures_in(folded(known.get(subject, ""))))
        given = (rounded(fact.number) for fact in facts if folded(fact.subject) == subject)
        return frozenset({*given, *(value for value in read if value is not None)})

    others = sorted(set(known) - subjects)
    return [
        _found(fact, figures, true_of, others[int(rng.integers(len(others)))] if others else None) for fact in facts
    ]


def fact_scores(findings: Iterable[FactFinding]) -> FactScores:
    """Count findings, of one report or of many."""
    findings = list(findings)
    verdicts = [one.verdict for one in findings]
    return FactScores(
        n_facts=len(findings),
        n_covered=verdicts.count("covered") + verdicts.count("exact"),
        n_exact=verdicts.count("exact"),
        n_wrong_subject=verdicts.count("wrong_subject"),
        n_wrong_value=verdicts.count("wrong_value"),
        n_held_by_chance=sum(one.is_right_by_chance is not None for one in findings),
        n_right_by_chance=sum(bool(one.is_right_by_chance) for one in findings),
    )


def _found(
    fact: GoldFact, figures: Sequence[Attributed], true_of: Callable[[str], frozenset[float]], other: str | None
) -> FactFinding:
    verdict, one = _verdict(fact, figures, true_of)
    by_chance = None if other is None else rounded(fact.number) in true_of(other)
    if one is None:
        wrong = _wrong_value(fact, figures, true_of)
        return (
            FactFinding(fact, "wrong_value", wrong.sentence.text, wrong.subject, by_chance)
            if wrong
            else FactFinding(fact, verdict)
        )
    return FactFinding(fact, verdict, one.sentence.text, one.subject, by_chance)


def _verdict(
    fact: GoldFact, figures: Sequence[Attributed], true_of: Callable[[str], frozenset[float]]
) -> tuple[FactVerdict, Attributed | None]:
    subject, value = folded(fact.subject), rounded(fact.number)
    same = [one for one in figures if value_of(one.figure) == value]
    # "China 48%" is a value of Liberia's: a name within the value is not the figure's subject.
    within = {name for _, name in Names(one.subject for one in same).named_in(folded(fact.value))}
    own = [one for one in same if one.subject == subject or (subject in one.named and one.subject in within)]
    gold = quantity_in(fact.value, fact.number)
    if exact := next((one for one in own if _is_exact(gold, one)), None):
        return "exact", exact
    if own:
        return "covered", own[0]
    for one in same:
        is_others = one.subject and value not in true_of(one.subject)
        if is_others and (gold is None or has_same_unit(gold, _quantity(one))):
            return "wrong_subject", one
    beside = next((one for one in same if subject in one.named), None)
    return ("covered", beside) if beside is not None else ("missing", None)


def _wrong_value(
    fact: GoldFact, figures: Sequence[Attributed], true_of: Callable[[str], frozenset[float]]
) -> Attributed | None:
    """A figure that stands where this fact's should."""
    subject, measure, gold = folded(fact.subject), _measure_words(fact.field), quantity_in(fact.value, fact.number)
    if gold is None or not measure:
        return None
    true = true_of(subject)
    for one in figures:
        value, said = value_of(one.figure), _quantity(one)
        if (
            one.subject == subject
            and one.figure.is_measure
            and value is not None
            and value not in true
            and abs(value - abs(fact.number)) > _ROUNDING * abs(fact.number)
            and measure <= _words(said.text)
            and has_same_unit(gold, said)
            and has_same_year(gold, said)
            and not _COMPARES.search(said.text[: one.figure.start])
        ):
            return one
    return None


def _measure_words(field: str) -> frozenset[str]:
    """The words of the last two steps of a field's path: "Median age / male". Its first step is a chapter."""
    return _words(" ".join(field.split(" / ")[1:][-2:]))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(folded(text).casefold()))


def _is_exact(gold: Quantity | None, one: Attributed) -> bool:
    # A fact whose number is not in its value's words (a count of things) has neither unit nor year to compare.
    if gold is None:
        return True
    said = _quantity(one)
    return has_same_unit(gold, said) and has_same_sign(gold, said) and has_same_year(gold, said)


def _quantity(one: Attributed) -> Quantity:
    return Quantity(folded(one.sentence.text), one.figure)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
