"""Answers to questions: what the question names must occur in what was read, and nothing beside the answer is said."""

import re
from collections.abc import Collection, Mapping, Sequence

from agent.brief import wants_all
from agent.grounding.numbers import figures
from lm.embedding import Embedder
from prompts.extractive import relevance
from prompts.statements import Statement
from retrieval.names import proper_names, unmentioned_names

# Set while reading answers to 25 of the example questions, which are therefore no test of them: under this share of the
# best one's worth, statements are about something else.
_MIN_SHARE_OF_BEST = 0.85
# Of likeness, for the best passage's statements. Chosen on tuning halves: `docs/log.md`.
_PASSAGE_WEIGHT = 0.6
_CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w[\w-]*\w\b")
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|large|big|high|deep|far|old|often|fast|heavy|tall|wide)\b|\bby how\b|"
    r"\b(?:when|what (?:date|year|time|percentage|share|price|cost)|(?:which|what) (?:date|year|day|page|time))\b|"
    r"\bwhat (?:did|does|do|was|were|is|are) .*\b(?:cost|price|weigh|salary)\b",
    re.IGNORECASE,
)
_ASKS_DATE = re.compile(r"\b(?:when|(?:which|what) (?:date|year|day)|how (?:long|old))\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20)\d\d(?![\d.,]*\d)")
_COMPARES_YEARS = re.compile(
    r"\b(?:before|after|since|until|till|by|between|from|prior to|than|compared|versus|vs)\b[^?]{0,30}"
    rf"{_YEAR.pattern}",
    re.IGNORECASE,
)
# A verb that opens an order is written with a capital, and no document need have it.
_ORDER = re.compile(
    r"^\s*(?:please\s+)?(?:list|name|enumerate|identify|find|count|collect|give|tell|explain|describe|compare|show)\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)


def unmentioned(question: str, texts: Sequence[str], lexicon: Collection[str]) -> list[str]:
    """Names and codes of the question ("Z-99") that none of the texts contains: a question about them has no answer
    there, however near the best passage is."""
    everything = "\n".join(texts)
    names = unmentioned_names(_ORDER.sub("", question), everything, lexicon=lexicon)
    folded = everything.casefold()
    codes = [code for code in _CODE.findall(question) if code.casefold() not in folded]
    return list(dict.fromkeys([*codes, *(name for name in names if not any(code in name for code in codes))]))


def has_asked_type(question: str, sentence: str) -> bool:
    """Whether the sentence brings what the question asks for: a number for "how many" or "when", a name for "who"; of
    other questions nothing is known."""
    if _ASKS_NUMBER.search(question):
        asked = {figure.value for figure in figures(question)}
        return any(figure.value not in asked for figure in figures(sentence))
    if _ASKS_NAME.search(question):
        asked_words = {word for name in proper_names(question) for word in name.words}
        return any(not asked_words.issuperset(name.words) for name in proper_names(sentence))
    return True


def is_of_another_year(question: str, sentence: str, surroundings: str) -> bool:
    """Whether the question names years, and the sentence and all that stands round it name only others.

    "How much was paid in 2013?" is not answered by what was paid in 2012. A question for a date, or one that names a
    year to compare with ("before 2013"), may well be.
    """
    if _ASKS_DATE.search(question) or _COMPARES_YEARS.search(question):
        return False
    asked, said = set(_YEAR.findall(question)), set(_YEAR.findall(sentence))
    return bool(asked and said) and not asked & (said | set(_YEAR.findall(surroundings)))


def answering(
    question: str,
    statements: Sequence[Statement],
    *,
    passage_texts: Mapping[str, str],
    passage_scores: Mapping[str, float],
    embedder: Embedder,
    max_words: int,
) -> list[Statement]:
    """The statements that answer, best first: those that bring what is asked for, of the year that is asked about, and
    whose worth is near the best one's; where all of something is asked for, as many as have room.

    Args:
        question: What is asked.
        statements: Candidates.
        passage_texts: What stands round the statements, by passage id.
        passage_scores: Search scores of the passages nearest to the question, by passage id; others count 0.
        embedder: For likeness to the question.
        max_words: Where the answer ends; the best statement always fits.
    """
    usable = [
        s
        for s in statements
        if not s.is_anaphoric
        and has_asked_type(question, s.sentence)
        and not is_of_another_year(question, s.sentence, f"{s.title} {passage_texts[s.passage_id]}")
    ]
    ranked = by_worth(question, usable, passage_scores=passage_scores, embedder=embedder)
    # One of many things that are asked for need not be as like the question as the best of them.
    least = 0.0 if wants_all(question) else _MIN_SHARE_OF_BEST
    chosen: list[Statement] = []
    words = 0
    for statement, worth in ranked:
        words += len(statement.sentence.split())
        if worth < least * ranked[0][1] or (chosen and words > max_words):
            break
        chosen.append(statement)
    return chosen


def by_worth(
    question: str,
    statements: Sequence[Statement],
    *,
    passage_scores: Mapping[str, float],
    embedder: Embedder,
    passage_weight: float = _PASSAGE_WEIGHT,
) -> list[tuple[Statement, float]]:
    """The statements with their worth for the question, best first: likeness, and their passage's place in the search.

    Args and their units are those of `answering`; `passage_weight` is what the best passage of the search is worth, in
    units of likeness: more where a chain of facts is wanted, whose second link is not like the question.
    """
    if not statements:
        return []
    likeness, _, _ = relevance(statements, question, embedder)
    best_passage = max(passage_scores.values(), default=0.0) or 1.0
    worths = [
        float(value) + passage_weight * passage_scores.get(statement.passage_id, 0.0) / best_passage
        for value, statement in zip(likeness, statements, strict=True)
    ]
    order = sorted(range(len(statements)), key=lambda i: -worths[i])
    return [(statements[i], worths[i]) for i in order]
