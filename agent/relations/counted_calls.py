"""An allowance of calls that outlives the process: each paid call is written down before it is made.

Knows tasks by their keys. Must not know what is asked.
"""

from agent.relations.note_store import NoteStore
from agent.relations.records import Begun
from lm.errors import BudgetExceeded, LMError
from lm.layer import Replayable
from lm.types import ChatModel, ChatReply, ChatRequest


class CountedCalls:
    """One model under an allowance. `paid` and `replayed` count this sitting.

    A task counts as many calls as were ever begun for it, in this sitting or an earlier one: a call that a kill cut off
    may have been paid, so it is counted, though its task is asked again while there is room. So a command that is
    killed and given again never makes more calls than it was allowed, all sittings together.
    """

    def __init__(self, model: ChatModel, store: NoteStore, *, budget_calls: int | None) -> None:
        """Args: budget_calls: at least 0; None is no limit.

        Raises:
            ValueError: the allowance is below 0.
        """
        if budget_calls is not None and budget_calls < 0:
            raise ValueError(f"budget_calls is {budget_calls}, must be at least 0")
        self._model, self._store, self._budget = model, store, budget_calls
        self._begun = store.begun()
        self._met: set[str] = set()
        self._used = 0
        self.paid = 0
        self.replayed = 0

    def meet(self, task: str) -> None:
        """Count what was begun for a task before, once."""
        if task not in self._met:
            self._met.add(task)
            self._used += self._begun.get(task, 0)

    def ask(self, task: str, request: ChatRequest) -> ChatReply:
        """The model's reply, for a task that was met. One that is at hand costs nothing and is never refused.

        Raises:
            BudgetExceeded: the allowance is used up (limit ``calls``), or the meter's budget.
            LMError: the call failed.
        """
        self.meet(task)
        if isinstance(self._model, Replayable) and self._model.peek(request):
            self.replayed += 1
            return self._model.chat(request)
        if self._budget is not None and self._used >= self._budget:
            raise BudgetExceeded(
                f"{self._used} of {self._budget} calls are used", limit="calls", hint="Allow more calls with --calls."
            )
        number = self._begun.get(task, 0) + 1
        begun = self._store.begin(Begun(task=task, number=number))
        try:
            reply = self._model.chat(request)
        except LMError:
            self._store.withdraw(begun)
            raise
        self._begun[task] = number
        self._used += 1
        self.paid += 1
        return reply
