"""What a run's nodes may use: services opened once, and this run's own reader, events and settings. Never
checkpointed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore, Lock

from agent.calibration import Calibration
from agent.cascade import Cascade
from agent.claims.estimator import SupportEstimator
from agent.entropy.asking import NOTHING, Asked
from agent.facts.readers import FactReader
from agent.narrative.user_plan import UserPlan
from agent.progress import Progress
from agent.reading import Reader
from agent.settings import AskSettings, CompressSettings, WriteSettings
from agent.verify import Verifier
from lm.embedding import Embedder
from lm.turns import Turns
from lm.types import ChatModel
from memory.store import RecordStore
from prompts.compression.types import Compressor
from retrieval.corpus import Corpus
from retrieval.search import Searcher
from retrieval.types import Hit


@dataclass(frozen=True)
class RunContext:
    """Services of one run; `write`, `ask`, `compress` and `cascade` are frozen at its start, so that a resumed run goes
    on as it began."""

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
    compress: CompressSettings
    stem: Callable[[str], str]
    progress: Progress
    is_late: Callable[[], bool]  # whether the run's time is over
    read_calibration: Callable[[], Calibration | None] = lambda: None  # when `ask` needs it, and no sooner
    extractor: FactReader | None = None  # none: no facts are extracted
    condenser: Compressor | None = None  # reads sources where the helper does not; none: a rule
    plan: UserPlan | None = None  # to be followed; none: a planner plans
    spare: Callable[[int], None] = lambda n_tokens: None  # hears of tokens that the writer need not read
    cascade: Cascade | None = None  # none: no second opinion
    open_estimator: Callable[[], SupportEstimator | None] = lambda: None  # of probabilities for readers
    asked: Asked = NOTHING  # of the writer's log-probabilities
    turns: Turns = field(default_factory=Turns)  # at the processor, among runs side by side

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

    @contextmanager
    def helper_gate(self) -> Iterator[None]:
        """Opened by who asks the helper: so many at once as blocks are written. Who waits gives its turn away."""
        with self.turns.given_away(), self._helper_gate:
            yield

    @cached_property
    def _helper_gate(self) -> BoundedSemaphore:
        return BoundedSemaphore(self.write.max_parallel_blocks)

    @cached_property
    def condenser_gate(self) -> Lock:
        """Held by who asks the condenser: blocks and sources side by side share its models."""
        return Lock()

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
