"""A long report from a conversation: the planner's own plan on the topic, and a section on what was asked.

Each question brings the sentences of its answer as queries, so that what was cited in the chat is found again, and
verified again: nothing is taken over unread.
"""

from collections.abc import Iterator, Sequence

from agent.chat.records import Exchange
from agent.narrative.user_plan import PlannedPart, PlannedQuestion, UserPlan

SECTION = "What was asked in the conversation"
_WORDS_EACH, _MOST_QUESTIONS, _QUERIES_EACH = 60, 10, 3


def plan_with_questions(plan: UserPlan, exchanges: Sequence[Exchange]) -> UserPlan:
    """The plan with a section of the questions that documents answered, longer by what their answers take."""
    questions = list(_questions(exchanges))[-_MOST_QUESTIONS:]
    if not questions:
        return plan
    section = PlannedPart(title=SECTION, questions=tuple(questions))
    words = plan.words + _WORDS_EACH * len(questions) if plan.words else None
    return plan.model_copy(
        update={
            "sections": (*plan.sections, section),
            "words": words,
            "origin": "user",
            "reason": "the planner's, with what was asked in the conversation",
        }
    )


def _questions(exchanges: Sequence[Exchange]) -> Iterator[PlannedQuestion]:
    seen: set[str] = set()
    for one in exchanges:
        if one.considered is None or one.answer is None or not one.answer.evidence:
            continue
        question = one.considered.question
        if question.casefold() not in seen:
            seen.add(question.casefold())
            cited = [sentence.text for sentence in one.answer.sentences if sentence.sources]
            yield PlannedQuestion(question=question, words=_WORDS_EACH, queries=(question, *cited[: _QUERIES_EACH - 1]))
