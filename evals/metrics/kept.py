"""What survived a compression: gold sentences, answers, and whether what is kept is what stands in the source.

A span is (document id, start, end, its text as the compressor gave it). Knows no compressor.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from evals.metrics.answers import normalized
from prompts.sentences import sentence_spans

KeptText = tuple[str, int, int, str]
TextOf = Callable[[str], str]  # of a document id
_WORD = re.compile(r"\w+")
_ENOUGH = 0.8


def sentence_coverage(kept: Sequence[KeptText], document_id: str, document: str, sentence: str) -> float | None:
    """The share of a sentence's words that are kept where it stands, in [0, 1]; None: it does not stand there."""
    start = document.find(sentence.strip())
    words = [match.start() + start for match in _WORD.finditer(sentence.strip())]
    if start < 0 or not words:
        return None
    places = [range(first, last) for source, first, last, _ in kept if source == document_id]
    return sum(any(word in place for place in places) for word in words) / len(words)


def survives(coverage: float) -> bool:
    """Whether a sentence with this share of its words kept still says what it said: four fifths."""
    return coverage >= _ENOUGH


def answer_survives(kept: Sequence[KeptText], documents: Sequence[str], answers: Sequence[str]) -> bool:
    """Whether an answer stands, in its words and their order, in what is kept of one of the documents."""
    wanted = [f" {plain} " for answer in answers if (plain := normalized(answer))]
    left = [normalized(" ".join(text for source, _, _, text in kept if source == one)) for one in documents]
    return any(answer in f" {text} " for answer in wanted for text in left)


def spans_are_exact(kept: Sequence[KeptText], text_of: TextOf) -> bool:
    """Whether each span's text is, letter by letter, what stands at its place in the source."""
    return all(text_of(source)[start:end] == text for source, start, end, text in kept)


def supporting_sentences(gold: Mapping[str, JsonValue], text_of: TextOf) -> list[tuple[str, str]]:
    """(document id, sentence) of what supports an answer.

    Sets that name no sentences name each step's answer and its document: there it is the first sentence that holds the
    answer; empty where none does.
    """
    rows, steps = gold.get("supporting_sentences"), gold.get("decomposition")
    if isinstance(rows, list) and rows:
        return [(str(row["id"]), str(row["sentence"])) for row in rows if isinstance(row, dict)]
    named = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    found = [(str(one["supporting_id"]), str(one["answer"])) for one in named if one.get("supporting_id")]
    return [(id_, _first_with(answer, text_of(id_))) for id_, answer in found]


def _first_with(answer: str, document: str) -> str:
    spans = sentence_spans(document)
    return next((document[a:b] for a, b in spans if answer.casefold() in document[a:b].casefold()), "")
