"""Where good hits lead: to the documents whose titles they name, and to the few passages that share a rare name.

What the second hop of a question needs has few of its words, but the first hop's passage names it. This is spreading
activation (Pirolli, 2007) over a graph of names and passages that is read off the text when it is needed: one step from
the hits, each edge weighted by normalised pointwise mutual information, log(N / passages with the name) / log N.

Knows rows of an index and names. Must not know how hits were scored or what is done with what they lead to.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.index import Index
from retrieval.links import TitleLinks, names_in, plain_words
from retrieval.types import Passage

# Chosen on the first halves of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
_TITLE_SHARE, _TITLE_LIKENESS = 0.65, 0.25
_NAME_SHARE, _NAME_LIKENESS = 0.5, 0.4
_MAX_TITLES = 12
_NAMING_HITS = 1  # names of further hits brought little
_MAX_NAMES = 12
# A name that more passages have leads nowhere in particular; they are counted among the best by words.
_MAX_SHARERS, _LOOKED_AT = 8, 30
_MAX_BY_NAME = 12  # each may cost the dense encoder up to 50 ms


@dataclass(frozen=True, slots=True)
class Lead:
    """From the row `source`, by `name`, which it holds, as plain words: what share of the source's score, and of the
    own likeness, it is worth."""

    source: int
    name: str
    share: float
    likeness_weight: float

    def worth(self, source_score: float, likeness: float) -> float:
        """The score of the passage that it leads to."""
        return self.share * source_score + self.likeness_weight * likeness


def find_leads(
    query: str,
    hits: Sequence[tuple[int, str]],
    *,
    index: Index,
    titles: TitleLinks,
    present: Callable[[Sequence[int]], Mapping[int, Passage]],
    allowed: Collection[int] | None = None,
) -> dict[int, Lead]:
    """The rows that the best hits lead to.

    Args:
        query: names in it lead nowhere new.
        hits: rows and texts, best first.
        index: of all rows.
        titles: of its documents.
        present: the passages of rows, as far as they still exist.
        allowed: numbers of the documents that may be reached; None: all.

    Returns:
        A lead for each row, titles first; of several to one row the first.
    """
    leads = dict(_by_title(query, hits, index, titles, allowed))
    for row, lead in _by_name(query, hits[:_NAMING_HITS], index, titles, present, allowed):
        leads.setdefault(row, lead)
    return leads


def _by_title(
    query: str,
    hits: Sequence[tuple[int, str]],
    index: Index,
    titles: TitleLinks,
    allowed: Collection[int] | None,
) -> Iterator[tuple[int, Lead]]:
    sources: dict[int, tuple[int, str]] = {}
    for row, text in hits:
        for number, key in titles.mentions(text):
            if number != index.document_of(row) and (allowed is None or number in allowed):
                sources.setdefault(number, (row, key))
    numbers = list(sources)[:_MAX_TITLES]
    rows = index.best_rows(query, numbers)
    for number in numbers:
        yield rows[number], Lead(*sources[number], _TITLE_SHARE, _TITLE_LIKENESS)


def _by_name(
    query: str,
    hits: Sequence[tuple[int, str]],
    index: Index,
    titles: TitleLinks,
    present: Callable[[Sequence[int]], Mapping[int, Passage]],
    allowed: Collection[int] | None,
) -> Iterator[tuple[int, Lead]]:
    places = [
        (source, name, [row for row, _ in index.lexical.search(name, _LOOKED_AT)])
        for source, text in hits
        for name in names_in(text, besides=query)[:_MAX_NAMES]
    ]
    passages = present(list({row for _, _, rows in places for row in rows}))
    plain = {
        row: f" {plain_words(index.title_of(row))} {plain_words(passage.text)} " for row, passage in passages.items()
    }
    found: dict[int, Lead] = {}
    for source, name, rows in places:
        sharers = [
            row
            for row in rows
            if f" {name} " in plain.get(row, "") and index.document_of(row) != index.document_of(source)
        ]
        if len(sharers) <= _MAX_SHARERS:
            lead = Lead(source, name, _NAME_SHARE * _npmi(len(sharers), len(index)), _NAME_LIKENESS)
            for row in moved(query, sharers, index, titles):
                if allowed is None or index.document_of(row) in allowed:
                    found.setdefault(row, lead)
    if len(found) > _MAX_BY_NAME:
        cosines = index.static_cosines(query, found)
        best = sorted(found, key=lambda row: (-found[row].worth(1.0, cosines.get(row, 0.0)), row))[:_MAX_BY_NAME]
        found = {row: found[row] for row in best}
    yield from found.items()


def moved(query: str, rows: Sequence[int], index: Index, titles: TitleLinks) -> Sequence[int]:
    """The rows themselves; where links are rewired those that stand in their place."""
    if not titles.is_rewired or not rows:
        return rows
    return list(index.best_rows(query, [titles.moved(index.document_of(row)) for row in rows]).values())


def _npmi(n_sharers: int, n_passages: int) -> float:
    """log(N / n) / log N, with the source among the n: 1 for a name of one passage, 0 for one of all."""
    return math.log(n_passages / (1 + n_sharers)) / math.log(n_passages) if n_passages > n_sharers + 1 else 0.0
