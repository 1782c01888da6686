"""The pursuit of one question: ask the sub-question that leaves the fewest answers open, until none does.

Departures from arXiv 2507.03279. Answers are open, so the labels grow with every answer that is heard, and `OTHER`
stands for all that nobody named. The sub-questions are chosen and not drawn, so the history is not one of those that
the thresholds were fitted on: inside a pursuit their coverage is an approximation. A single answer left ends it.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial

from agent.pursuit.posterior import OTHER, Posterior
from agent.pursuit.questioner import Found, Questioner
from agent.pursuit.selector import Candidate, ConformalQuerySelector
from lm.errors import BudgetExceeded
from lm.types import Frozen

MAX_QUERIES = 3


class PursuitStep(Frozen):
    """What was open after so many queries, what might have been asked, and what was.

    `found` is missing from the last step.
    """

    n_asked: int
    open: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    found: Found | None = None


class Pursuit(Frozen):
    """A pursuit from its first look to its end. `budget` names the limit that ended it, if one did."""

    question: str
    steps: tuple[PursuitStep, ...]
    stop_reason: str
    budget: str = ""

    @property
    def found(self) -> tuple[Found, ...]:
        """What was looked up, in order."""
        return tuple(step.found for step in self.steps if step.found)


def pursue(
    questioner: Questioner,
    selector: ConformalQuerySelector,
    *,
    on_step: Callable[[PursuitStep], None],
    is_late: Callable[[], bool] = lambda: False,
) -> Pursuit:
    """Ask until the selector stops, one answer is left, time is over or the budget ends."""
    steps: list[PursuitStep] = []
    reason, budget = "", ""
    try:
        for step, why in _steps(questioner, selector, is_late):
            steps.append(step)
            on_step(step)
            reason = why
        budget = "max_seconds" if reason == _LATE else budget
    except BudgetExceeded as error:
        reason, budget = f"out of budget: {error}", error.limit
    return Pursuit(question=questioner.question, steps=tuple(steps), stop_reason=reason, budget=budget)


_LATE = "out of time: the run's seconds are over"


def _steps(
    questioner: Questioner, selector: ConformalQuerySelector, is_late: Callable[[], bool]
) -> Iterator[tuple[PursuitStep, str]]:
    """Each step, with why it was the last; empty where it was not."""
    history: list[Found] = []
    labels: tuple[str, ...] = ()
    while True:
        posterior = questioner.posterior(history, labels)
        labels = posterior.labels
        step = PursuitStep(n_asked=len(history), open=selector.open_labels(posterior, len(history)))
        if len(step.open) == 1 and step.open != (OTHER,):
            yield step, f"one answer is left: {step.open[0]}"
            return
        if is_late():
            yield step, _LATE
            return
        queries = questioner.propose(history, labels) if len(history) < selector.max_length else []
        simulate = partial(questioner.simulate, history=tuple(history), labels=labels)
        selection = selector.select(len(history), queries, simulate)
        step = step.model_copy(update={"candidates": selection.candidates})
        if selection.stop:
            yield step, selection.stop
            return
        history.append(questioner.look_up(selection.query))
        yield step.model_copy(update={"found": history[-1]}), ""


def wander(questioner: Questioner, *, length: int, rng: random.Random) -> Iterator[Posterior]:
    """Posteriors after 0, 1, … `length` queries, each drawn from those proposed: what thresholds are fitted on.

    Ends early where nothing more is proposed.
    """
    history: list[Found] = []
    labels: tuple[str, ...] = ()
    for n_asked in range(length + 1):
        posterior = questioner.posterior(history, labels)
        labels = posterior.labels
        yield posterior
        queries = questioner.propose(history, labels) if n_asked < length else []
        if not queries:
            return
        history.append(questioner.look_up(rng.choice(queries)))
