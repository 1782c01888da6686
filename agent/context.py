"""What a run's nodes may use: services opened once, and this run's own reader, events and settings. Never
checkpointed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.calibration import Calibration
from agent.facts.readers import FactReader
from agent.progress import Progress
from agent.reading import Reader
from agent.settings import AskSettings, WriteSettings
from agent.verify import Verifier
from lm.embedding import Embedder
from lm.types import ChatModel
from memory.store import RecordStore
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Hit


@dataclass(frozen=True)
class RunContext:
    """Services of one run; `write` and `ask` are frozen at its start, so that a resumed run goes on as it began."""

    corpus: Corpus
    searcher: Searcher
    store: RecordStore
    fine: Embedder
    writer: ChatModel
    helper: ChatModel
    judge: ChatModel
    reader: Reader
    write: WriteSettings
    ask: AskSettings
    stem: Callable[[str], str]
    progress: Progress
    is_late: Callable[[], bool]  # whether the run's time is over
    read_calibration: Callable[[], Calibration | None] = lambda: None  # when `ask` needs it, and no sooner
    extractor: FactReader | None = None  # none: no facts are extracted

    @cached_property
    def fitted(self) -> Calibration:
        """What was fitted for the writer.

        Raises:
            UsageProblem: nothing was, or for another model.
            ValueError: the context was made without it, though `ask` needs it.
        """
        calibration = self.read_calibration()
        if calibration is None:
            raise ValueError(f"a context with {self.ask} needs a calibration")
        return calibration

    def hits(self, passage_ids: Sequence[str]) -> tuple[Hit, ...]:
        """Stored passages as hits of score 0, in the order of their ids: what planners want of them is their titles."""
        return tuple(
            Hit(passage=passage, title=self.corpus.document(passage.doc_id).title, score=0.0)
            for passage in self.corpus.passages(passage_ids)
        )

    def verifier(self, lexicon: frozenset[str]) -> Verifier:
        """A verifier against this run's corpus."""
        return Verifier(
            text_of=self.corpus.text,
            embedder=self.fine,
            stem=self.stem,
            lexicon=lexicon,
            threshold=self.write.support_threshold,
        )
