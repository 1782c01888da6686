"""Relations among facts as notes on how names are related, which a search may follow to the passages they stand in.

A note is what a fact says, in its passage's own words, and leads there. Knows facts and notes; neither models nor where
notes are kept.
"""

from collections import defaultdict
from collections.abc import Iterable

from agent.facts.records import Fact
from agent.facts.spans import folded
from agent.facts.types import Relation
from retrieval.derived_notes import DerivedNote

_MAX_PARENTS = 4  # as many as a note that is written for a pair of names has


def relation_notes(facts: Iterable[Fact], *, model: str, prompt: str) -> list[DerivedNote]:
    """A note on each pair of names that relations join, in the order of the facts.

    Args:
        facts: grounded ones; only relations count.
        model: who stated them.
        prompt: digest of the prompt.
    """
    by_pair: dict[frozenset[str], list[tuple[Relation, str]]] = defaultdict(list)
    for fact in facts:
        if isinstance(one := fact.stated, Relation):
            pair = frozenset((folded(one.head_entity.name), folded(one.tail_entity.name)))
            by_pair[pair].append((one, fact.span.passage))
    return [_note(said, model, prompt) for said in by_pair.values()]


def _note(said: list[tuple[Relation, str]], model: str, prompt: str) -> DerivedNote:
    first, _ = said[0]
    parents = list(dict.fromkeys(passage for _, passage in said))[:_MAX_PARENTS]
    kept = [one for one, passage in said if passage in parents]
    sentences = (f"{one.head_entity.name} {one.trigger} {one.tail_entity.name}." for one in kept)
    return DerivedNote(
        text=" ".join(dict.fromkeys(sentences)),
        # In one order, so that the reverse stated another time is the same note.
        entities=tuple(sorted((first.head_entity.name, first.tail_entity.name), key=folded)),
        parents=tuple(parents),
        model=model,
        prompt=prompt,
    )
