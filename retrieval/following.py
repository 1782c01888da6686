"""What a ranking leads to: passages over names in its best hits, over walks from these, and over derived notes.

A passage of the second hop has few of the question's words: it lives by a share of what led to it. Knows the channels
and joins what they reach to the ranking. Must not know how candidates were found or scored.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from retrieval.derived_notes import NoteIndex, NoteLead
from retrieval.entity_pairs import as_written
from retrieval.joining import LEXICAL_WEIGHT, LEXICAL_WEIGHT_WITHOUT_DENSE, Ranking
from retrieval.leads import Lead, find_leads
from retrieval.links import TitleLinks, title_keys
from retrieval.retrievers import Retrievers
from retrieval.types import Passage
from retrieval.walks import SEEDS, Walk, find_walks

LINKING_HITS = 5


@dataclass(frozen=True, slots=True)
class Following:
    """Follows the hits of one query.

    Attributes:
        query: names in it lead nowhere new.
        retrievers: those that found the hits.
        titles: links between the documents of their index.
        allowed: numbers of the documents that may be reached; None: all.
    """

    query: str
    retrievers: Retrievers
    titles: TitleLinks
    allowed: Collection[int] | None = None

    def links(self, ranking: Ranking) -> Ranking:
        """With the passages that names in the best hits lead to."""
        leads = find_leads(
            self.query,
            [(row, ranking.passages[row].text) for row in ranking.best(LINKING_HITS)],
            index=self.retrievers.index,
            titles=self.titles,
            present=self.retrievers.present,
            allowed=self.allowed,
        )
        reached = self._reached(leads, ranking)
        likeness = self.retrievers.likeness(self.query, reached)
        worth = {row: leads[row].worth(ranking.scores[leads[row].source], likeness[row]) for row in reached}
        names = self._named({row: leads[row] for row in reached}, ranking)
        return ranking.joined("links", worth, passages=reached, led_by=names)

    def walks(self, ranking: Ranking) -> Ranking:
        """With the passages where walks from the best hits end."""
        seeds = {row: ranking.scores[row] for row in ranking.best(SEEDS)}
        walks = find_walks(
            self.query,
            seeds,
            index=self.retrievers.index,
            titles=self.titles,
            present=self.retrievers.present,
            allowed=self.allowed,
        )
        reached = self._reached(walks, ranking)
        likeness = self.retrievers.likeness(self.query, reached)
        best = max(seeds.values(), default=0.0)
        worth = {row: walks[row].worth(best, likeness[row]) for row in reached}
        names = self._named({row: walks[row] for row in reached}, ranking)
        return ranking.joined("pagerank", worth, passages=reached, led_by=names)

    def notes(self, notes: NoteIndex, ranking: Ranking) -> Ranking:
        """With the parents of notes that the query finds."""
        dense = self.retrievers.dense
        leads: dict[int, NoteLead] = {}
        parents: dict[int, Passage] = {}
        for lead in notes.find(
            self.query,
            best_by_words=max(ranking.by_words.values(), default=0.0),
            lexical_weight=LEXICAL_WEIGHT_WITHOUT_DENSE if dense is None else LEXICAL_WEIGHT,
            dense=dense,
        ):
            passages = self.retrievers.present(lead.rows)
            if len(passages) == len(lead.rows):  # else a parent is gone since, and the note with it
                parents.update(passages)
                leads = {**dict.fromkeys(lead.rows, lead), **leads}
        reached = {row: parents[row] for row in leads if self._may_be_reached(row)}
        likeness = self.retrievers.likeness(self.query, reached)
        worth = {row: leads[row].worth(likeness[row]) for row in reached}
        return ranking.joined("notes", worth, passages=reached, led_by={row: str(leads[row]) for row in reached})

    def _reached(self, rows: Collection[int], ranking: Ranking) -> dict[int, Passage]:
        """Those of the rows whose passages still exist."""
        new = self.retrievers.present([row for row in rows if row not in ranking.passages])
        passages = {**ranking.passages, **new}
        return {row: passages[row] for row in rows if row in passages}

    def _may_be_reached(self, row: int) -> bool:
        return self.allowed is None or self.retrievers.index.document_of(row) in self.allowed

    def _named(self, leads: Mapping[int, Lead | Walk], ranking: Ranking) -> dict[int, str]:
        """What led to each row: a name as its source writes it, or that the row mentions what its source is called."""
        index = self.retrievers.index
        sources = self._reached({lead.source for lead in leads.values()}, ranking)
        told = {}
        for row, lead in leads.items():
            title = index.title_of(lead.source)
            if lead.name not in title_keys(title):
                text = sources[lead.source].text if lead.source in sources else ""
                told[row] = f"{as_written(lead.name, text) or lead.name} in {title}"
            elif index.document_of(lead.source) == index.document_of(row):
                told[row] = f"another passage of {title}"
            else:
                told[row] = f"its mention of {title}"
        return told
