"""A second opinion for sentences near the boundary: the rules pass them, their probability of support is doubtful.

Rules come first and are never overruled: what fails them is not asked of anybody. A judge can only take away, and what
it takes away is revised, quoted or dropped like any other sentence that does not stand.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.claims.estimator import SupportEstimator, shown_evidence
from agent.claims.judge import JudgeOpinion, ask_judge
from agent.claims.window import Window
from agent.settle import BlockContext, CheckedDraft, Line
from agent.types import Doubt
from lm.errors import BudgetExceeded
from lm.types import ChatModel
from prompts.statements import Statement

_MIN_P_YES = 0.5


@dataclass(frozen=True)
class Reviewed:
    """A checked draft after the second opinion. `n_near` were doubtful, `n_asked` of them the judge saw, `n_refused` no
    longer stand; `stop` is the budget that kept others from the judge."""

    draft: CheckedDraft
    n_near: int = 0
    n_asked: int = 0
    n_refused: int = 0
    stop: BudgetExceeded | None = None


@dataclass(frozen=True)
class Cascade:
    """The probability of support, and the judge behind it.

    Attributes:
        estimator: Says the probability.
        judge: Asked about what is near the boundary.
        window: What is near. What lies below it is refused where the model is good enough for that, else asked about.
        budget: Most of a block's written sentences that the judge sees, as a share.
        seed: Of the judge's calls.
    """

    estimator: SupportEstimator
    judge: ChatModel
    window: Window
    budget: float
    seed: int

    def review(self, draft: CheckedDraft, context: BlockContext, lexicon: Collection[str]) -> Reviewed:
        """Every written sentence that stands and was not reviewed yet gets its probability; the doubtful ones, nearest
        first, are shown to the judge."""
        lines = list(draft.lines)
        n_near = n_asked = n_refused = 0
        doubts = {i: self._doubt(lines[i], context.statements, lexicon) for i in _open(lines)}
        written = sum(not line.candidate.is_quotation for line in lines)
        left = math.ceil(self.budget * written) - sum(_was_asked(line) for line in lines)
        stop: BudgetExceeded | None = None
        for i in sorted(doubts, key=lambda i: abs(doubts[i].probability - self.window.boundary)):
            doubt, problem = doubts[i], ""
            if self._is_near(doubt.probability):
                n_near += 1
                if left > 0 and stop is None:
                    try:
                        opinion = self._ask(lines[i], context.statements)
                    except BudgetExceeded as error:
                        stop = error
                    else:
                        left, n_asked = left - 1, n_asked + 1
                        doubt, problem = _with(doubt, opinion)
            elif self.estimator.model.may_refuse and doubt.probability < self.window.low:
                problem = f"its evidence hardly supports it (probability {doubt.probability:.2f})"
            n_refused += bool(problem)
            lines[i] = _reviewed(lines[i], doubt, problem)
        return Reviewed(CheckedDraft(lines=tuple(lines)), n_near, n_asked, n_refused, stop)

    def _is_near(self, probability: float) -> bool:
        is_below = probability <= self.window.low and not self.estimator.model.may_refuse and self.window.share > 0.0
        return is_below or self.window.holds(probability)

    def _doubt(self, line: Line, statements: Sequence[Statement], lexicon: Collection[str]) -> Doubt:
        return Doubt(probability=self.estimator.probability(line.candidate.text, _sources(line, statements), lexicon))

    def _ask(self, line: Line, statements: Sequence[Statement]) -> JudgeOpinion | None:
        return ask_judge(line.candidate.text, shown_evidence(_sources(line, statements)), self.judge, seed=self.seed)


def _open(lines: Sequence[Line]) -> list[int]:
    return [
        i
        for i, line in enumerate(lines)
        if line.verdict.is_supported and line.verdict.doubt is None and not line.candidate.is_quotation
    ]


def _was_asked(line: Line) -> bool:
    return line.verdict.doubt is not None and line.verdict.doubt.p_yes is not None


def _with(doubt: Doubt, opinion: JudgeOpinion | None) -> tuple[Doubt, str]:
    """The doubt with the judge's opinion, and the problem that follows from it; none follows from no opinion."""
    if opinion is None:
        return doubt, ""
    asked = doubt.model_copy(update={"p_yes": round(opinion.p_yes, 4), "by": opinion.by})
    is_refused = opinion.p_yes < _MIN_P_YES
    return asked, f"a judge finds that its evidence does not say it (yes: {opinion.p_yes:.2f})" if is_refused else ""


def _reviewed(line: Line, doubt: Doubt, problem: str) -> Line:
    problems = (problem,) if problem else ()
    verdict = line.verdict.model_copy(update={"doubt": doubt, "problems": (*line.verdict.problems, *problems)})
    return line.model_copy(update={"verdict": verdict, "reasons": (*line.reasons, *problems)})


def _sources(line: Line, statements: Sequence[Statement]) -> list[Statement]:
    return [statements[i] for i in line.candidate.sources]
