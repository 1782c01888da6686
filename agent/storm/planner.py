"""The planner `storm`: perspectives from tables of contents, an interview for each, and an outline from what was
learnt (Shao et al., NAACL 2024, arXiv:2402.14207).

Never fails a run: where it has no outline it says why, and who asked plans in another way. Calls, exactly: two for each
question that is answered, one for each that ends a conversation, and two for the headings.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from agent.plan import MAX_MISSING, plan_size, with_missing
from agent.storm.contents import perspectives_of, tables_of_contents
from agent.storm.interview import Interview, converse
from agent.storm.layout import Filling, Layout
from agent.storm.records import BASIC, Conversation, Conversations, Perspective, Turn
from agent.types import Brief, Outline
from lm.errors import BudgetExceeded
from lm.metering import Budget, Meter, Metered, PriceTable
from retrieval.corpus import Corpus

_LEAST_SECTIONS = 2  # a layout of one heading is none


@dataclass(frozen=True)
class Stormed:
    """An outline, or in words why there is none; what was said, which `conversations.limit` may have cut short."""

    outline: Outline | str
    conversations: Conversations


@dataclass(frozen=True)
class StormPlanner:
    """Plans by interviews.

    Attributes:
        interview: Whom to ask, where to search, and how answers are checked.
        corpus: Whose tables of contents give the perspectives.
        perspectives: How many beside the writer of basic facts.
        turns: Questions of each, at most.
        tell: Hears of each turn with its perspective.
    """

    interview: Interview
    corpus: Corpus
    perspectives: int
    turns: int
    tell: Callable[[Perspective, Turn], None] = lambda perspective, turn: None

    def plan(self, brief: Brief) -> Stormed:
        """The outline of a report, with the same blocks as other planners'.

        Raises:
            LMError: an endpoint failed for good. Running into a budget is no error.
        """
        meter = Meter(Budget(), PriceTable(), lambda: 0.0)
        counted = replace(self, interview=replace(self.interview, model=Metered(self.interview.model, "writer", meter)))
        stormed = counted._planned(brief)
        spent = meter.spent().total
        return replace(
            stormed,
            conversations=stormed.conversations.model_copy(
                update={
                    "calls": spent.calls + spent.replayed,
                    "tokens": spent.prompt_tokens + spent.completion_tokens + spent.replayed_tokens,
                }
            ),
        )

    def _planned(self, brief: Brief) -> Stormed:
        talks = self._conversations(brief)
        if talks.limit:
            return Stormed("the budget ended before the outline", talks)
        if not any(turn.sentences for turn in talks.turns):
            return Stormed("no question was answered from the documents", talks)
        size = plan_size(brief.words, brief.sections)
        if brief.sections is None:
            size = replace(size, sections=max(_LEAST_SECTIONS, size.sections))
        layout = Layout(self.interview.model, brief.topic, size.sections, self.interview.seed)
        try:
            draft, of_draft = layout.draft()
            refined, of_refined = layout.refined(draft, talks.turns)
        except BudgetExceeded as error:
            return Stormed("the budget ended before the outline", talks.model_copy(update={"limit": error.limit}))
        talks = talks.model_copy(
            update={"draft": tuple(draft), "refined": tuple(refined), "refused": (*of_draft, *of_refined)}
        )
        filling = Filling(brief, size, self.interview.searcher, self.interview.embedder)
        outline, talks = filling.outline(refined or draft, talks)
        if isinstance(outline, Outline):
            unknown = [turn.question for turn in talks.turns if turn.outcome == "unknown"][:MAX_MISSING]
            outline = with_missing(outline, unknown, self.interview.embedder)
        return Stormed(outline, talks)

    def _conversations(self, brief: Brief) -> Conversations:
        tables = tables_of_contents(brief.topic, self.interview.searcher, self.corpus)
        sides = [
            Perspective(name=BASIC),
            *perspectives_of(tables, self.perspectives, self.interview.embedder),
        ]
        held: list[Conversation] = []
        for side in sides:
            turns: list[Turn] = []
            try:
                held.append(
                    converse(
                        side,
                        self.interview,
                        asked=[turn.question for talk in held for turn in talk.turns],
                        most=self.turns,
                        tell=partial(self.tell, side),
                        turns=turns,
                    )
                )
            except BudgetExceeded as error:
                held.append(Conversation(perspective=side, turns=tuple(turns), ended=f"the budget ended: {error}"))
                return Conversations(conversations=tuple(held), limit=error.limit)
        return Conversations(conversations=tuple(held))
