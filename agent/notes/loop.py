"""The note loop: read, note, ask for what is missing, read again, and keep what is better (Adaptive-Note,
arXiv:2410.08821; DeepNote, EMNLP Findings 2025).

Departures from the paper, each for a fault of its published form: two queries are searched apart and fused by rank, not
glued together and cut; a line keeps the ids of its passages; the model writes only what is added, so that nothing noted
is lost; the judge is asked in both orders, and a reply that cannot be read is "not better"; and the loop ends at once
when nothing new is found.

Calls of models, exactly: 1 for the first note, and a step takes 4 where its addition comes before the judge (queries,
lines, two verdicts), 2 where it says too little for its length, 1 where its queries bring nothing new. Each reply that
cannot be read is asked for again, at most twice (`lm.json_reply`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agent.counting import counted
from agent.notes.judge import new_claims, prefers
from agent.notes.note import Note, NoteResult, NoteStep, StopReason
from agent.notes.writing import Read, Scribe
from lm.errors import BudgetExceeded, ContextOverflow, MalformedReply
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.types import ChatModel
from retrieval.fusion import reciprocal_rank_fusion
from retrieval.types import Passage

Search = Callable[[str, int], Sequence[Passage]]


@dataclass(frozen=True)
class Limits:
    """When to stop, and what an addition must bring. All but the last are the paper's.

    Attributes:
        max_step: Steps after the first note.
        max_fail: Steps after it that made the note no better, counted over all.
        top_k: Passages of a search, and of a step.
        max_refs: Passages that are read in all.
        min_claims_per_token: New supported claims for each token added, which must be more. A sentence of a source has
            about 25 tokens; what takes over three times as much for a claim makes the note merely longer.
    """

    max_step: int = 3
    max_fail: int = 2
    top_k: int = 5
    max_refs: int = 15
    min_claims_per_token: float = 1 / 80


def take_note(
    question: str,
    *,
    search: Search,
    scribe: Scribe,
    judge: ChatModel,
    tell: Callable[[NoteStep], None] = lambda step: None,
    limits: Limits | None = None,
) -> NoteResult:
    """Read for a question until the note holds what can be had.

    Args:
        question: What is to be answered.
        search: The best passages for a query, so many.
        scribe: Writes the note; its model's calls are counted, and so are the judge's.
        judge: Says which of two notes is better.
        tell: Hears of each step.
        limits: The paper's unless given.

    Raises:
        LMError: a model cannot be asked. Running into a budget is no error: it ends the note.
    """
    meter = Meter(Budget(), PriceTable(), lambda: 0.0)
    scribe = replace(scribe, model=Metered(scribe.model, "helper", meter))
    growth = _Growth(question, search, scribe, Metered(judge, "judge", meter), tell, limits or Limits())
    limit = ""
    try:
        stop_reason = growth.run()
    except BudgetExceeded as error:
        stop_reason, limit = "budget", error.limit
    spent = meter.spent().total
    return NoteResult(
        best=growth.best,
        history=tuple(growth.history),
        stop_reason=stop_reason,
        limit=limit,
        calls=spent.calls + spent.replayed,
        tokens=spent.prompt_tokens + spent.completion_tokens + spent.replayed_tokens,
    )


class _Growth:
    """A note while it grows."""

    def __init__(
        self,
        question: str,
        search: Search,
        scribe: Scribe,
        judge: ChatModel,
        tell: Callable[[NoteStep], None],
        limits: Limits,
    ) -> None:
        self.best = Note()
        self.history: list[NoteStep] = []
        self._question, self._search, self._scribe, self._judge = question, search, scribe, judge
        self._tell, self._limits = tell, limits
        self._seen: set[str] = set()
        self._n_refs = self._n_fails = 0

    def run(self) -> StopReason:
        if not self._begin():
            return "no_new_docs"
        for step in range(1, self._limits.max_step + 1):
            if self._n_refs >= self._limits.max_refs:
                return "refs_cap"
            if not self._take(step):
                return "no_new_docs"
            if self._n_fails >= self._limits.max_fail:
                return "fails"
        return "max_step"

    def _begin(self) -> bool:
        """The first note; False where the search brings nothing that can be read."""
        step = NoteStep(step=0, queries=(self._question,), reason="the first note")
        read = self._read(step.queries)
        if not read:
            self._record(step.model_copy(update={"reason": "nothing was found"}))
            return False
        self._decide(step, read)
        return True

    def _take(self, number: int) -> bool:
        """One step; False where nothing new was found."""
        step = NoteStep(step=number, reason="")
        try:
            asked = [query for earlier in self.history for query in earlier.queries]
            step = step.model_copy(update={"queries": self._scribe.queries(self._question, self.best, asked)})
        except (MalformedReply, ContextOverflow) as error:
            self._reject(step, f"no queries: {error}")
            return True
        read = self._read(step.queries)
        if not read:
            reason = "its queries bring no passage that was not read before" if step.queries else "no new query"
            self._record(step.model_copy(update={"reason": reason}))
            return False
        self._decide(step, read)
        return True

    def _read(self, queries: Sequence[str]) -> Read:
        """What the queries bring that is new, fused by rank and within what may still be read."""
        rankings = [self._search(query, self._limits.top_k) for query in queries]
        found = {passage.id: passage for ranking in rankings for passage in ranking}
        fused = reciprocal_rank_fusion([[passage.id for passage in ranking] for ranking in rankings])
        new = [found[passage_id] for passage_id, _ in fused if passage_id not in self._seen]
        legible = self._scribe.read(new)
        room = min(self._limits.top_k, self._limits.max_refs - self._n_refs)
        wanted = [passage.id for passage in new if passage.id in legible][:room]
        read = self._scribe.fitting(self.best, {passage_id: legible[passage_id] for passage_id in wanted})
        # What had no room is not seen: a later step may read it.
        self._seen.update(read, (passage.id for passage in new if passage.id not in legible))
        self._n_refs += len(read)
        return read

    def _decide(self, step: NoteStep, read: Read) -> None:
        """Let lines be written from what was read, and keep them if the note is better with them."""
        step = step.model_copy(update={"passages": tuple(read)})
        try:
            written = self._scribe.lines(self._question, self.best, read, step=step.step)
        except (MalformedReply, ContextOverflow) as error:
            self._reject(step, f"no lines: {error}")
            return
        lines = new_claims(self.best, written.lines, self._scribe.stem)
        step = step.model_copy(
            update={
                "lines": lines,
                "n_unsupported": written.n_unsupported,
                "n_repeated": len(written.lines) - len(lines),
                "added_tokens": sum(self._scribe.model.count_tokens(line.text) for line in lines),
            }
        )
        if step.step == 0:
            self._accept(step, step.reason)
        elif len(lines) <= self._limits.min_claims_per_token * step.added_tokens:
            self._reject(step, f"{counted(len(lines), 'new claim')} for {counted(step.added_tokens, 'token')} added")
        else:
            candidate = self.best.grown(step.lines)
            judged = prefers(self.best, candidate, self._question, model=self._judge, seed=self._scribe.seed)
            (self._accept if judged.is_better else self._reject)(step, judged.reason)

    def _accept(self, step: NoteStep, reason: str) -> None:
        self.best = self.best.grown(step.lines)
        self._record(step.model_copy(update={"is_accepted": True, "reason": reason}))

    def _reject(self, step: NoteStep, reason: str) -> None:
        self._n_fails += step.step > 0
        self._record(step.model_copy(update={"is_accepted": False, "reason": reason}))

    def _record(self, step: NoteStep) -> None:
        self.history.append(step)
        self._tell(step)
