"""Notes on how names are related, as one more way to passages: a hit on a note leads to the passages it was made from.

A note is derived: a model wrote it. So it has no passage id and no document, is indexed apart from the corpus, and is
never a hit itself. Knows notes and rows of an index. Must not know who wrote the notes or where they are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from pydantic import Field

from lm.types import Frozen
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.lexical import LexicalIndex, top_rows

MAX_NOTES = 3  # each brings up to four passages, and each of these may cost the dense encoder up to 50 ms
_CANDIDATES = 5
# Those of a lead by title (`retrieval.leads`); not fitted to notes.
_SHARE, _LIKENESS = 0.65, 0.25


class DerivedNote(Frozen):
    """What a model wrote on how some names are related, according to its parents. Never evidence itself."""

    text: str
    entities: tuple[str, ...]
    parents: tuple[str, ...] = Field(min_length=1, description="Ids of the passages that it was written from.")
    bridge: str = Field(default="", description="The name that joins the two, where they share no passage.")
    model: str
    prompt: str = Field(description="Digest of the prompt's words.")


@dataclass(frozen=True, slots=True)
class NoteLead:
    """A note that a query found, its score in the scale of the hits, and the rows of its parents."""

    entities: tuple[str, ...]
    score: float
    rows: tuple[int, ...]

    def worth(self, likeness: float) -> float:
        """The score of a parent with this likeness to the query."""
        return _SHARE * self.score + _LIKENESS * likeness

    def __str__(self) -> str:
        return f"a note on {' and '.join(self.entities)}"


class NoteIndex:
    """Words and static vectors of notes, over one index. Safe for several threads."""

    def __init__(self, notes: Sequence[DerivedNote], index: Index) -> None:
        """Index the notes; one with a parent that `index` does not hold is stale, and left out."""
        rows = {id_: row for row, id_ in enumerate(index.rows.passage_ids)}
        self._notes = [note for note in notes if all(id_ in rows for id_ in note.parents)]
        self._rows = [tuple(rows[id_] for id_ in note.parents) for note in self._notes]
        self._n_passages = len(rows)
        texts = [note.text for note in self._notes]
        self._embedder = index.static_embedder
        self._lexical = LexicalIndex.build(texts) if texts else None
        self._vectors = self._embedder.encode(texts) if texts else None

    def __len__(self) -> int:
        return len(self._notes)

    def rewired(self, seed: int) -> "NoteIndex":
        """The same with every passage exchanged for another, drawn once: the control for what notes are worth."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        moved = list(range(self._n_passages))
        Random(seed).shuffle(moved)
        other._rows = [tuple(moved[row] for row in rows) for rows in self._rows]
        return other

    def find(
        self, query: str, *, best_by_words: float, lexical_weight: float, dense: DenseCache | None = None
    ) -> list[NoteLead]:
        """The best notes for a query, best first, scored as its hits are.

        Args:
            query: not blank.
            best_by_words: the best passage's score by words: beside it the best of poor notes is no good one.
            lexical_weight: of words against vectors.
            dense: None compares by static vectors.
        """
        if self._lexical is None or self._vectors is None:
            return []
        static = (self._vectors @ self._embedder.encode([query])[0]).astype(np.float32)
        by_words = dict(self._lexical.search(query, _CANDIDATES))
        rows = list(dict.fromkeys([*by_words, *map(int, top_rows(static, _CANDIDATES))]))
        cosines = static[rows]
        if dense is not None:
            vectors = dense.encode([query, *(self._notes[row].text for row in rows)])
            cosines = vectors[1:] @ vectors[0]
        best = max([best_by_words, *by_words.values()]) or 1.0
        scores = {
            row: lexical_weight * by_words.get(row, 0.0) / best + (1 - lexical_weight) * float(cosine)
            for row, cosine in zip(rows, cosines, strict=True)
        }
        found = sorted(rows, key=lambda row: (-scores[row], row))[:MAX_NOTES]
        return [NoteLead(self._notes[row].entities, scores[row], self._rows[row]) for row in found]
