"""Settled blocks as the report will show them: which sentences, of how many words, in which section.

Agrees with `assemble`: a sentence that stands elsewhere already is not shown, and a source named twice running is named
in short.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.allocate import folded
from agent.paragraphs import said_after
from agent.settle import SettledBlock, SettledSentence
from agent.types import Outline
from prompts.statements import Statement, is_anaphoric

Settled = Mapping[str, SettledBlock]


@dataclass(frozen=True)
class Shown:
    """A sentence in its place; `leans_next` says that the one after it in its block leans on it."""

    section: str
    block: str
    sentence: SettledSentence
    words: int
    leans_next: bool = False


def shown_in(outline: Outline, settled: Settled) -> list[Shown]:
    """The sentences that the report will show of its blocks, in order."""
    said: set[str] = set()
    found: list[Shown] = []
    for section in outline.sections:
        for block in section.blocks:
            done = settled.get(block.id)
            found += _of_block(section.id, done, said) if done is not None else []
    return found


def _of_block(section: str, done: SettledBlock, said: set[str]) -> Iterator[Shown]:
    before: SettledSentence | None = None
    for at, sentence in enumerate(done.sentences):
        if (key := folded(sentence.text)) in said:
            continue
        said.add(key)
        words = len(said_after(before, sentence).split())
        leans = at + 1 < len(done.sentences) and is_anaphoric(done.sentences[at + 1].text)
        yield Shown(section, done.block, sentence, words, leans)
        before = sentence


def without(block: SettledBlock, sentence: SettledSentence, reason: str) -> SettledBlock:
    """The block without a sentence, which is filed as dropped for this reason."""
    fate = sentence.model_copy(update={"action": "dropped", "reasons": (*sentence.reasons, reason)})
    kept = tuple(one for one in block.sentences if one is not sentence)
    return block.model_copy(update={"sentences": kept, "dropped": (*block.dropped, fate)})


def with_quotation(block: SettledBlock, statement: Statement, support: float, reason: str) -> SettledBlock:
    """The block with a statement in its own words, behind what its document says before it, else at the end."""
    added = SettledSentence(
        text=statement.sentence, sources=(statement,), support=support, action="quoted", reasons=(reason,)
    )
    at = _place_of(statement, block.sentences)
    return block.model_copy(update={"sentences": (*block.sentences[:at], added, *block.sentences[at:])})


def _place_of(statement: Statement, sentences: Sequence[SettledSentence]) -> int:
    """Behind the last sentence of the same document that stands before it there, and before no sentence that leans."""
    at = len(sentences)
    for i, sentence in enumerate(sentences):
        source = sentence.sources[0] if sentence.sources else None
        if source is not None and source.doc_id == statement.doc_id:
            at = i + 1 if source.start < statement.start else min(at, i)
    while at < len(sentences) and is_anaphoric(sentences[at].text):
        at += 1
    return at
