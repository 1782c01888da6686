"""Outlines and settled blocks for the tests of pacing, with a verifier that holds their sentences to their sources."""

from collections.abc import Sequence

import Stemmer

from agent.settle import SettledBlock, SettledSentence
from agent.types import AtomicBlock, Outline, SectionPlan
from agent.verify import Verifier
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

_COMMON = """the inspector engineer board director town measured warned deferred paid found wrote springs rope brake
repair grips marks cabin money report cause main was of in and by its it she he office"""
LEXICON = frozenset(_COMMON.split())


class Stand:
    """Sections of blocks of sentences; each sentence is quoted from a document of its own block."""

    def __init__(self, *sections: Sequence[Sequence[str]]) -> None:
        self._texts: dict[str, str] = {}
        self.settled: dict[str, SettledBlock] = {}
        self.outline = Outline(
            title="The rope",
            sections=tuple(self._section(number, blocks) for number, blocks in enumerate(sections, start=1)),
            origin="rules",
            reason="",
        )
        self.verifier = Verifier(
            text_of=self._texts.__getitem__,
            embedder=BagEmbedder(),
            stem=Stemmer.Stemmer("english").stemWord,
            lexicon=LEXICON,
            threshold=0.5,
        )

    def _section(self, number: int, blocks: Sequence[Sequence[str]]) -> SectionPlan:
        planned = []
        for place, sentences in enumerate(blocks, start=1):
            block = AtomicBlock(id=f"s{number:02d}b{place:02d}", question="?", target_words=100)
            planned.append(block)
            self._texts[block.id] = "\n".join(sentences)
            at, told = 0, []
            for text in sentences:
                source = statement(text, doc_id=block.id, title="Memo", start=at)
                told.append(SettledSentence(text=text, sources=(source,), support=0.9, action="quoted"))
                at += len(text) + 1
            self.settled[block.id] = SettledBlock(block=block.id, sentences=tuple(told))
        return SectionPlan(id=f"s{number:02d}", title=f"Part {'abcdefghij'[number]}", blocks=tuple(planned))


def texts_of(outline: Outline, settled: dict[str, SettledBlock]) -> list[list[str]]:
    """Sentences by block, in the order of telling."""
    return [
        [sentence.text for sentence in settled[block.id].sentences]
        for section in outline.sections
        for block in section.blocks
    ]
