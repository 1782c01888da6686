"""Drafts for tests of the ledger: sections of quoted sentences, with spare statements behind them, and the report."""

from collections.abc import Sequence

import Stemmer

from agent.assemble import assemble
from agent.constraints.gathering import bounds_of
from agent.constraints.mending import Draft, Mender
from agent.constraints.types import Demand
from agent.settle import SettledBlock, SettledSentence
from agent.types import AtomicBlock, Brief, Outline, Report, SectionPlan
from agent.verify import Verifier
from prompts.statements import Statement
from tests.agent.reading_record import READING
from tests.agent.statement_factory import statement
from tests.bag_embedder import BagEmbedder

STEM = Stemmer.Stemmer("english").stemWord
_COMMON = (
    "the board town measured warned paid found springs rope brake repair times heater night was of in and by on off"
)


def demand(kind, wanted="", *, least=None, most=None) -> Demand:
    return Demand(kind=kind, wanted=wanted, origin="settings", least=least, most=most)


def length(words) -> Demand:
    least, most = bounds_of(words, 0.1)
    return demand("length", f"{words} words", least=least, most=most)


class Place:
    """Sections, each (title, words planned, sentences shown, sentences to spare), all of one document a section."""

    def __init__(self, *sections: tuple[str, int, Sequence[str], Sequence[str]], elsewhere: Sequence[str] = ()) -> None:
        self._texts: dict[str, str] = {}
        self.spares: dict[str, list[Statement]] = {}
        settled: dict[str, SettledBlock] = {}
        plans = []
        for number, (title, words, shown, spare) in enumerate(sections, start=1):
            block = AtomicBlock(id=f"s{number:02d}b01", question=title, target_words=words)
            own = self._document(block.id, [*shown, *spare])
            told = [SettledSentence(text=one.sentence, sources=(one,), support=0.9, action="quoted") for one in own]
            settled[block.id] = SettledBlock(block=block.id, sentences=tuple(told[: len(shown)]))
            self.spares[block.id] = own
            plans.append(SectionPlan(id=f"s{number:02d}", title=title, blocks=(block,)))
        self.elsewhere = self._document("elsewhere", elsewhere)
        self.draft = Draft(Outline(title="The rope", sections=tuple(plans), origin="rules", reason=""), settled)
        self.verifier = Verifier(self._texts.__getitem__, BagEmbedder(), STEM, frozenset(_COMMON.split()), 0.5)

    def _document(self, name: str, sentences: Sequence[str]) -> list[Statement]:
        self._texts[name] = "\n".join(sentences)
        found, at = [], 0
        for sentence in sentences:
            found.append(statement(sentence, doc_id=name, title=f"Memo {name}", start=at))
            at += len(sentence) + 1
        return found

    def mender(self, *demands: Demand) -> Mender:
        return Mender(demands, self.spares, self.verifier, lambda phrase: self.elsewhere)

    def brief(self, *demands: Demand) -> Brief:
        return Brief(topic="The rope", words=100, demands=demands)

    def assembled(self, draft: Draft, *demands: Demand) -> Report:
        return assemble(self.brief(*demands), draft.outline, draft.settled, READING)


def numbered(n, *, start=0, words=10) -> list[str]:
    """Sentences of so many words each (6 to 18), all different."""
    told = "Jonas Reke measured springs {} times in the town by the rope of the brake and the board"
    return [" ".join(told.format(start + i).split()[:words]) + "." for i in range(n)]
