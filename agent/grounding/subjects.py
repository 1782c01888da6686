"""Whose figure is it? Binds each number of a sentence to the name that it is said of.

The commonest error of small models is a true figure under a neighbour's name. It passes every check on numbers and
every check on names taken alone, so the pair (name, number) is checked. Binding is by nearness in reading order, not by
a parse: it may refuse a right sentence (which is then replaced by a quotation), and is meant never to pass a wrong one.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.grounding.amounts import Amount, amounts, amounts_beside_dates, carries
from agent.grounding.names import Name, proper_names, words_of
from agent.grounding.numbers import Figure
from agent.grounding.support import Stem, content_words

_YEAR = re.compile(r"(1[5-9]|20|21)\d\d")


@dataclass(frozen=True)
class Source:
    """A cited quotation and the names that its context gives it: title and headings."""

    quote: str
    title: str
    heading_path: tuple[str, ...] = ()


def _subject_before(names: Sequence[Name], position: int) -> Name | None:
    before = [name for name in names if name.end <= position]
    return before[-1] if before else (names[0] if names else None)


def _is_year(figure: Figure, text: str) -> bool:
    """Whether the number is written as a year is: four digits and no separator ("1765", not "1,765")."""
    return bool(_YEAR.fullmatch(text[figure.start : figure.end]))


def _is_quoted_letter(name: Name, text: str) -> bool:
    """Whether it is one letter in quotation marks, as a grade or a gate's letter is: it owns no figure."""
    quoted = text[max(0, name.start - 1) : name.start] + text[name.end : name.end + 1]
    return len(name.text) == 1 and len(quoted) == 2 and all(mark in "'\"“”‘’" for mark in quoted)


def _bound_names(source: Source, said: Amount, lexicon: Collection[str]) -> list[set[str]]:
    """For each place where the quote states `said`: words of the names it can be said of there.

    Names between the figure before and this one own it ("China 1,765 km; Kyrgyzstan 1,212 km"); where there are none,
    all names before it; where there are none either, the first name after it. The title and headings may always own it.
    """
    context = words_of(source.title) | {word for heading in source.heading_path for word in words_of(heading)}
    names = proper_names(source.quote, lexicon=lexicon)
    counted = [one for one in amounts(source.quote) if not _is_year(one.figure, source.quote)]
    bound = []
    for i, stated in enumerate(counted):
        if not (stated.figure.says_same_as(said.figure) or carries(stated, said)):
            continue
        since = counted[i - 1].figure.end if i else 0
        before = [name for name in names if name.end <= stated.figure.start]
        near = [name for name in before if name.start >= since] or before or names[:1]
        bound.append(context | {word for name in near for word in name.words})
    return bound


def _within_titles(claim: str, sources: Sequence[Source]) -> list[tuple[int, int]]:
    """Where the claim names a source by its title or a heading with numbers: such numbers are part of a name."""
    names = {name for source in sources for name in (source.title, *source.heading_path) if re.search(r"\d", name)}
    names |= {source.title for source in sources if source.title}
    return [match.span() for name in names for match in re.finditer(re.escape(name), claim, re.IGNORECASE)]


def misattributed_figures(
    claim: str, sources: Sequence[Source], *, lexicon: Collection[str] = frozenset()
) -> list[str]:
    """Figures of `claim` that no source states of the name they stand under, as "value: name".

    The name a figure stands under is the last one before it, else the first of the sentence. Dates are left out: they
    belong to a whole sentence, and `dates` has already required that a source states them.
    A claim with figures in digits and no name at all fails as "value: nobody": a figure without a subject cannot be
    checked.
    """
    names = [name for name in proper_names(claim, lexicon=lexicon) if not _is_quoted_letter(name, claim)]
    titles = _within_titles(claim, sources)
    failed = []
    for said in amounts_beside_dates(claim):
        figure = said.figure
        if _is_year(figure, claim) or any(start <= figure.start < end for start, end in titles):
            continue
        subject = _subject_before(names, figure.start)
        if subject is None and (figure.is_spelled or titles):
            continue  # "two sets of names" measures nothing; "According to TITLE, …" says whose it is
        if subject is None:
            failed.append(f"{figure.value}: nobody")
            continue
        places = [words for source in sources for words in _bound_names(source, said, lexicon)]
        if not any(set(subject.words) <= words for words in places):
            failed.append(f"{figure.value}: {subject.text}")
    return failed


def mislabelled_figures(claim: str, sources: Sequence[Source], stem: Stem) -> list[str]:
    """Figures that every source gives under a label or heading of which the claim has no word, as "value: label".

    For lines of profiles and rows of tables alone: there the label says what the figure measures, and a claim may name
    the right subject and another measure of it.

    Args:
        claim: one sentence.
        sources: its sources that are lines or rows; one in prose says what its figures are by itself.
        stem: folds word forms.
    """
    said = set(content_words(claim, stem))
    failed = []
    for amount in amounts_beside_dates(claim):
        stating = [source for source in sources if any(carries(one, amount) for one in amounts(source.quote))]
        labels = [_label(source, amount) for source in stating if not _is_year(amount.figure, claim)]
        if labels and not any(said & set(content_words(label, stem)) for label in labels):
            failed.append(f"{amount.figure.value}: {labels[0]}")
    return failed


def _label(source: Source, said: Amount) -> str:
    """What the figure's line says before it, and the heading it stands under; the title where there is no heading."""
    leaf = source.heading_path[-1] if source.heading_path else source.title
    before = ""
    for line in re.split(r"[\n;]", source.quote):
        if stated := next((one for one in amounts(line) if carries(one, said)), None):
            before = line[: stated.figure.start]
            break
    return " ".join(re.sub(r"[^\W_]*\d[^\W_]*", " ", f"{leaf} {before}").split())
