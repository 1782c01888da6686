"""Is there evidence in the corpus for a slot of a schema?

A slot stands where passages are near to what it asks of the topic, near to what is asked there of any topic (else the
topic alone brought them), and hold what the slot wants: dates, figures, names, quotations.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lm.embedding import Embedder, FloatArray
from prompts.instructions import looks_like_instruction
from prompts.narrative import Holding, Slot
from retrieval.search import Searcher
from retrieval.types import Hit

MIN_LIKENESS = 0.40  # of a passage to a question, as of sections that a model proposes
# Of a passage to the question without its topic, or to the slot's kind of evidence. Over `examples/` what the corpus
# has stood at .24 and more, and what it lacks at .20 and less (12 questions).
MIN_ASPECT = 0.22
_PASSAGES = 10
# Between digits alone, and not at the ends of words: some scripts put no space beside a number.
_DATE = r"(?<!\d)(?:(?:1[5-9]|20)\d\d|\d{1,2}:\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})(?!\d)"
_SIGNS: dict[Holding, re.Pattern[str]] = {
    "dates": re.compile(_DATE),
    "figures": re.compile(rf"(?!{_DATE})(?<![\dA-Za-z.:/-])\d"),
    # What opens a word within a sentence: a capital makes a name of it.
    "names": re.compile(r"(?<=[^\W\d_A-Z,;] )[^\W\d_]\w+"),
    "quotations": re.compile(r"[“„«「][^”“»」]{8,}[”“»」]|\"[^\"]{8,}\""),
}


@dataclass(frozen=True)
class Evidence:
    """What was found for a slot: the questions that have evidence, and the passages with their vectors."""

    questions: tuple[str, ...]
    hits: tuple[Hit, ...]
    vectors: FloatArray


@dataclass(frozen=True)
class FilledSlot:
    """A slot with a heading, and questions that have evidence."""

    slot: Slot
    title: str
    evidence: Evidence


@dataclass(frozen=True)
class Lookup:
    """Where evidence for slots is looked up; `doc_ids` empty: everywhere."""

    searcher: Searcher
    embedder: Embedder
    doc_ids: tuple[str, ...] = ()

    def evidence(self, slot: Slot, questions: Sequence[str]) -> Evidence | str:
        """The evidence for `questions`, asked in the place of a slot, or in words why it has none."""
        found = {hit.passage.id: hit for question in questions for hit in self._hits(question)}
        hits = tuple(found.values())
        if not hits:
            return "no passage was found"
        asked = (*questions, *slot.bare_questions, slot.evidence)
        vectors = self.embedder.encode([*asked, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
        likeness = vectors[len(asked) :] @ vectors[: len(asked)].T
        nearest, aspect = likeness[:, : len(questions)].max(axis=0), float(likeness[:, len(questions) :].max())
        answered = tuple(q for q, near in zip(questions, nearest, strict=True) if float(near) >= MIN_LIKENESS)
        if not answered:
            return f"nearest passage {float(nearest.max()):.2f}"
        if aspect < MIN_ASPECT and not slot.general:
            return f"what was found is on the topic, but not on this ({aspect:.2f})"
        for kind in slot.holds:
            if not any(holds(hit.passage.text, kind) for hit in hits):
                return f"no {kind} in what was found"
        return Evidence(answered, hits, vectors[len(asked) :])

    def _hits(self, question: str) -> list[Hit]:
        found = self.searcher.search_passages(question, _PASSAGES, doc_ids=self.doc_ids or None)
        return [hit for hit in found if not looks_like_instruction(hit.passage.text)]


def holds(text: str, kind: Holding) -> bool:
    """Whether a text holds a date, a figure that is none, a name or a quotation.

    A script without capitals shows no names, and that is not held against a text.
    """
    if kind != "names":
        return _SIGNS[kind].search(text) is not None
    n_letters, n_cased = sum(map(str.isalpha, text)), sum(one.lower() != one.upper() for one in text)
    return 2 * n_cased < max(1, n_letters) or any(word[0][0].isupper() for word in _SIGNS["names"].finditer(text))
