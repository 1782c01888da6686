"""What a note can be asked for: names, and the passages to write it from.

Knows pairs, documents and the text of passages. Must not know models or budgets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from agent.facts.extract import read_passage
from agent.facts.spans import ReadPassage, folded, stands_in
from agent.reading import Reader
from retrieval.corpus import Corpus
from retrieval.entity_pairs import MAX_PARENTS, EntityPair, as_written

_SHUFFLE_SEED = 42  # EntiGraph's own (arXiv 2409.07431)


@dataclass(frozen=True)
class Task:
    """Names as the passages write them, and the passages."""

    names: tuple[str, ...]
    parents: tuple[ReadPassage, ...]
    bridge: str = ""

    @property
    def parent_ids(self) -> tuple[str, ...]:
        """Ids of the passages."""
        return tuple(parent.passage.id for parent in self.parents)


def pair_task(pair: EntityPair, corpus: Corpus, reader: Reader) -> Task:
    """The task of a pair. Orders to machines are left out of its passages.

    Raises:
        UnknownDocument: a passage is gone since the pair was chosen.
    """
    parents = tuple(read_passage(passage, corpus, reader) for passage in corpus.passages(pair.parents))
    texts = [f"{parent.title}\n{parent.passage.text}" for parent in parents]

    def written(name: str) -> str:
        return next((found for text in texts if (found := as_written(name, text))), name)

    bridge = written(pair.bridge) if pair.bridge else ""
    return Task((written(pair.names[0]), written(pair.names[1])), parents, bridge)


def document_tasks(entities: Sequence[str], parents: Sequence[ReadPassage]) -> Iterator[Task]:
    """EntiGraph's tasks for one document: all pairs of its entities, then all triples, shuffled.

    The paper shows the whole document each time; here the passages of the names are shown, which fit any window.
    """
    texts = [folded(f"{parent.title}\n{parent.passage.text}") for parent in parents]
    triples = list(combinations(entities, 3))
    Random(_SHUFFLE_SEED).shuffle(triples)
    for names in (*combinations(entities, 2), *triples):
        n_names = [sum(stands_in(name, text) for name in names) for text in texts]
        best = sorted(range(len(texts)), key=lambda i: (-n_names[i], i))[:MAX_PARENTS]
        yield Task(names, tuple(parents[i] for i in sorted(best) if n_names[i]))


def entities_standing_in(proposed: Sequence[str], parents: Sequence[ReadPassage]) -> list[str]:
    """The proposed names that the document writes, each once, in the order of the proposal."""
    texts = [folded(f"{parent.title}\n{parent.passage.text}") for parent in parents]
    names = {folded(name): " ".join(name.split()) for name in reversed(proposed)}
    return [names[key] for key in reversed(names) if any(stands_in(key, text) for text in texts)]
