"""What the sections of a schema ask, block by block: their slots' questions, then the kinds of evidence that a slot
wants, one by one, then what is named in parts of what was found.

No two blocks ask nearly the same, and a block beyond a section's first has a passage that is nearest to it alone. Where
nothing distinct is left a section asks fewer questions, and each of them gets more room.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.narrative.evidence import MIN_ASPECT, MIN_LIKENESS, FilledSlot
from agent.narrative.facets import facets_of
from agent.plan import MAX_TITLE_LIKENESS
from lm.embedding import Embedder, FloatArray


@dataclass(frozen=True)
class Asked:
    """A block's question, and what would answer it."""

    question: str
    needs: tuple[str, ...] = ()


def section_questions(
    filled: Sequence[FilledSlot], rooms: Sequence[int], topic: str, embedder: Embedder
) -> list[list[Asked]]:
    """For each section at least one question and at most as many as it has room for.

    Args:
        filled: The sections' slots, in order.
        rooms: How many blocks each has room for.
        topic: As it stands in a question.
        embedder: Of the space that the slots' evidence is in.
    """
    asking = _Asking(topic, embedder)
    leads = [asking.lead(entry) for entry in filled]
    return [asking.section(entry, lead, room) for entry, lead, room in zip(filled, leads, rooms, strict=True)]


class _Asking:
    """Remembers what is asked already, and which passages are nearest to that."""

    def __init__(self, topic: str, embedder: Embedder) -> None:
        self._topic = topic
        self._embedder = embedder
        self._asked: list[FloatArray] = []
        self._nearest: set[str] = set()
        self._terms: list[str] = []

    def lead(self, entry: FilledSlot) -> str:
        """The first of the slot's questions that is unlike what is asked; its very first, where there is none."""
        questions = entry.evidence.questions
        vectors = self._embedder.encode(list(questions))
        i = next((i for i, vector in enumerate(vectors) if not self._is_asked(vector)), 0)
        self._take(vectors[i], entry)
        return questions[i]

    def section(self, entry: FilledSlot, lead: str, room: int) -> list[Asked]:
        """The section's questions, as long as there is room for them."""
        asked = [Asked(lead)]
        for forms in self._further(entry, lead, room):
            if len(asked) == room:
                break
            if (found := self._first_that_stands(forms, entry)) is not None:
                asked.append(found)
        return self._with_needs(asked, entry)

    def _with_needs(self, asked: Sequence[Asked], entry: FilledSlot) -> list[Asked]:
        """What the slot needs and no block asks by itself goes to the slot's question that is nearest to it."""
        apart = {need for one in asked for need in one.needs}
        needs = [need for need in entry.slot.needs if need not in apart]
        own = [one.question for one in asked if one.question in entry.evidence.questions]
        if not needs:
            return list(asked)
        vectors = self._embedder.encode([*own, *needs])
        nearest = (vectors[len(own) :] @ vectors[: len(own)].T).argmax(axis=1)
        of_question = {
            question: tuple(need for need, at in zip(needs, nearest, strict=True) if at == i)
            for i, question in enumerate(own)
        }
        return [Asked(one.question, one.needs or of_question[one.question]) for one in asked]

    def _further(self, entry: FilledSlot, lead: str, room: int) -> Iterator[list[Asked]]:
        """What else may be asked, each in one form or two. Beside a long topic all questions are alike, so the second
        form is without it."""
        evidence, needs = entry.evidence, entry.slot.needs
        yield from ([Asked(question)] for question in evidence.questions if question != lead)
        for need, vector in zip(needs, self._embedder.encode(list(needs)), strict=True):
            if float((evidence.vectors @ vector).max()) >= MIN_ASPECT:
                yield self._forms(entry.title, need, (need,))
        for facet in facets_of(evidence.hits, evidence.vectors, room, known=[self._topic, *self._terms]):
            yield self._forms(entry.title, ", ".join(facet), facet)

    def _forms(self, title: str, asked: str, needs: tuple[str, ...]) -> list[Asked]:
        return [Asked(f"{head}: {asked}", needs) for head in (f"{title} ({self._topic})", title)]

    def _first_that_stands(self, forms: Sequence[Asked], entry: FilledSlot) -> Asked | None:
        vectors = self._embedder.encode([asked.question for asked in forms])
        for asked, vector in zip(forms, vectors, strict=True):
            if self._stands(vector, entry):
                self._take(vector, entry)
                self._terms += asked.needs
                return asked
        return None

    def _stands(self, vector: FloatArray, entry: FilledSlot) -> bool:
        likeness = entry.evidence.vectors @ vector
        return (
            float(likeness.max()) >= MIN_LIKENESS
            and not self._is_asked(vector)
            and self._own(vector, entry) not in self._nearest
        )

    def _take(self, vector: FloatArray, entry: FilledSlot) -> None:
        self._asked.append(vector)
        self._nearest.add(self._own(vector, entry))

    def _is_asked(self, vector: FloatArray) -> bool:
        return any(float(vector @ other) > MAX_TITLE_LIKENESS for other in self._asked)

    def _own(self, vector: FloatArray, entry: FilledSlot) -> str:
        """The id of the passage of the slot that is nearest to a question."""
        return entry.evidence.hits[int((entry.evidence.vectors @ vector).argmax())].passage.id
