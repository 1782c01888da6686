"""Whose figure is it? Binds each number of a sentence to the name that it is said of.

The commonest error of small models is a true figure under a neighbour's name. It passes every check on numbers and
every check on names taken alone, so the pair (name, number) is checked. Binding is by nearness in reading order, not by
a parse: it may refuse a right sentence (which is then replaced by a quotation), and is meant never to pass a wrong one.
A number that is part of a name is no figure of it: it tells "PEP 7" from "PEP 8", and whose the 79 columns are.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.grounding.amounts import Amount, amounts, amounts_beside_dates, carries
from agent.grounding.numbered import NameNumber, is_year, keys_in, kind_of, measured_amounts, name_numbers
from agent.grounding.numbers import figures
from agent.grounding.support import Stem, content_words
from retrieval.names import Name, opening, proper_names, words_of

# Plain forms only: what ends in "s" is as often a plural, as in "Merchant ships 412".
_PREDICATE = re.compile(
    r"\s+(?:is|are|was|were|has|have|had|does|did|paid|spent|lost|won|sold|bought|made|took|gave|held|built|got|rose|"
    r"fell|[a-z]{2,}ed)\b"
)
_FULL_STOP = re.compile(r"[.!?][\"'”’)\]]*\s*$")


@dataclass(frozen=True)
class Source:
    """A cited quotation and the names that its context gives it: title and headings."""

    quote: str
    title: str
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Subject:
    """Who may own figures at [start, end): a name with its numbers ("pep 8"), or what is numbered and has no name."""

    words: frozenset[str]
    keys: frozenset[str]
    text: str
    start: int
    end: int


def _subjects(text: str, names: Sequence[Name], numbers: Sequence[NameNumber]) -> list[_Subject]:
    """Names with the numbers that are part of them, and what is numbered in small letters, in reading order."""
    found = [
        _Subject(
            words=frozenset(name.words),
            keys=frozenset(
                keys := [one.key for one in numbers if name.start <= one.name_start < name.end <= one.start]
            ),
            text=" ".join((name.text, *(key.rpartition(" ")[2] for key in keys))),
            start=name.start,
            end=name.end,
        )
        for name in names
    ]
    found += [
        _Subject(frozenset(), frozenset([one.key]), one.key, one.name_start, one.end)
        for one in numbers
        if not any(name.start <= one.name_start < name.end for name in names)
    ]
    return sorted(found, key=lambda one: one.start)


def _owners(subjects: Sequence[_Subject], position: int) -> list[_Subject]:
    """Who a figure here may be said of: the last name before it, and what is numbered behind that name ("Gate 17 lost
    three bolts, gate 18 lost five"); where there are none, the first of the sentence."""
    before = [one for one in subjects if one.end <= position]
    named = [one for one in before if one.words]
    return [*named[-1:], *(one for one in before[-1:] if one not in named)] or list(subjects[:1])


def _is_quoted_letter(name: Name, text: str) -> bool:
    """Whether it is one letter in quotation marks, as a grade or a gate's letter is: it owns no figure."""
    quoted = text[max(0, name.start - 1) : name.start] + text[name.end : name.end + 1]
    return len(name.text) == 1 and len(quoted) == 2 and all(mark in "'\"“”‘’" for mark in quoted)


def _opening_subject(quote: str, subjects: Sequence[_Subject]) -> frozenset[str]:
    """Words of the name that a quotation opens with and says something of; none where it is a line or a row."""
    first = next((one for one in subjects if one.words and one.start <= opening(quote)), None)
    is_told = first is not None and _FULL_STOP.search(quote) and _PREDICATE.match(quote, first.end)
    return first.words if first is not None and is_told else frozenset()


def _may_be_one(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one name may be the other's short form: "the Authority" and "the Ulver Barrage Authority"."""
    return one <= other or other <= one


class _ReadSource:
    """A source, read once: the names in it and what it counts."""

    def __init__(self, source: Source, lexicon: Collection[str]) -> None:
        heads = (source.title, *source.heading_path)
        names = proper_names(source.quote, lexicon=lexicon)
        self.title_keys = frozenset(key for head in heads for key in keys_in(head, proper_names(head)))
        self.keys = self.title_keys | keys_in(source.quote, names)
        self._kinds = frozenset(map(kind_of, self.keys))
        self._values = frozenset(figure.value for figure in figures(source.quote))
        self._text = " ".join((*heads, source.quote))
        self._context = frozenset(word for head in heads for word in words_of(head))
        numbers = name_numbers(source.quote, names, known=self.title_keys)
        self._subjects = _subjects(source.quote, names, numbers)
        self._tells_of = _opening_subject(source.quote, self._subjects)
        taken = {number.start for number in numbers if number.is_sure}
        self._counted = [
            one for one in amounts(source.quote) if not is_year(one, source.quote) and one.figure.start not in taken
        ]

    def states_of(self, said: Amount, subject: _Subject) -> bool:
        """Whether it states the figure where the subject can own it.

        Names between the figure before and this one own it ("China 1,765 km; Kyrgyzstan 1,212 km"); where there are
        none, all names before it; where there are none either, the first name after it. The title and headings may
        own it, unless the quotation says of whom it tells ("Pruitt Delmar Civil had …", however much the title is
        "Interview with Birgit Pruitt").
        """
        for i, stated in enumerate(self._counted):
            if not (stated.figure.says_same_as(said.figure) or carries(stated, said)):
                continue
            since = self._counted[i - 1].figure.end if i else 0
            before = [one for one in self._subjects if one.end <= stated.figure.start]
            near = [one for one in before if one.start >= since] or before or self._subjects[:1]
            if self._is_of(subject, near):
                return True
        return False

    def _is_of(self, subject: _Subject, near: Sequence[_Subject]) -> bool:
        if (
            self._tells_of
            and not _may_be_one(subject.words, self._tells_of)
            and not any(subject.words <= one.words for one in near)
        ):
            return False
        words = self._context.union(*(one.words for one in near))
        keys = self.title_keys.union(*(one.keys for one in near))
        return subject.words <= words and all(key in keys or self._numbers_barely(key) for key in subject.keys)

    def _numbers_barely(self, key: str) -> bool:
        """Whether it may mean this key by a bare number, as a table's row does: it speaks of the kind, and writes none
        of it with its number."""
        kind, _, value = key.rpartition(" ")
        is_spoken_of = re.search(rf"\b{re.escape(kind)}", self._text, re.IGNORECASE) is not None
        return kind not in self._kinds and value in self._values and is_spoken_of


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
    read = [_ReadSource(source, lexicon) for source in sources]
    numbers = name_numbers(claim, names, known={key for source in read for key in source.title_keys})
    subjects = _subjects(claim, names, [number for number in numbers if number.is_sure])
    written = {number.start for number in numbers if any(number.key in source.keys for source in read)}
    failed = []
    for said in amounts_beside_dates(claim):
        figure = said.figure
        if is_year(said, claim) or figure.start in written or any(a <= figure.start < b for a, b in titles):
            continue
        owners = _owners(subjects, figure.start)
        if not owners and (figure.is_spelled or titles):
            continue  # "two sets of names" measures nothing; "According to TITLE, …" says whose it is
        if not any(source.states_of(said, owner) for source in read for owner in owners):
            failed.append(f"{figure.value}: {owners[0].text if owners else 'nobody'}")
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
    for amount in measured_amounts(claim):
        stating = [source for source in sources if any(carries(one, amount) for one in amounts(source.quote))]
        labels = [_label(source, amount) for source in stating if not is_year(amount, claim)]
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
