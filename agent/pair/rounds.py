"""ROUNDS: before it drafts, the writer asks for what it misses, and the helper looks in what it left out (Minion,
arXiv 2502.15964).

Asked before the first draft and not after it: a draft is the dearest call of a block, and what the evidence lacks can
be seen without one. A round reads the statements nearest to its questions that nobody has used, all sources together,
so that it takes two calls however many sources there are.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from agent.allocate import folded
from agent.counting import counted
from agent.pair.helper import Helper
from agent.pair.lines import sheet_of
from agent.pair.records import Found, Round
from agent.pair.reduce import Matter, Reduced
from agent.pair.sources import asked, moved
from lm.embedding import Embedder
from lm.errors import BudgetExceeded, ContextOverflow, MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from prompts.extractive import select
from prompts.fit import fit_lines
from prompts.templates import render

_MAX_QUESTIONS = 2
_REPLY_TOKENS = 120
_OVERHEAD_TOKENS = 500
_READ_WORDS = 400  # of one round: what a helper reads at once
# Notes and statements for a question. What was asked for goes before what the sources were read for, so a helper that
# keeps everything must not push that out.
_MAX_BROUGHT = 2


class Questions(Frozen):
    """What the writer asks for, as it hands it over."""

    questions: list[Annotated[str, Field(min_length=8, max_length=200)]] = Field(max_length=_MAX_QUESTIONS)


@dataclass(frozen=True)
class Asker:
    """The writer, before it writes a block.

    Attributes:
        model: Asked.
        topic: Of the report.
        section: The block's.
        question: The block's.
        seed: Of every call.
    """

    model: ChatModel
    topic: str
    section: str
    question: str
    seed: int

    def ask(self, lines: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
        """New questions about what these lines do not say; none if they are enough.

        Raises:
            MalformedReply: the replies never were questions.
            ContextOverflow: the window has no room for the prompt.
            LMError: the call failed, or would break a budget.
        """
        model = self.model
        room = model.context_tokens - _REPLY_TOKENS - _OVERHEAD_TOKENS
        evidence = fit_lines(lines, max_tokens=room, count_tokens=model.count_tokens)
        messages = render(
            "pair_questions",
            topic=self.topic,
            section=self.section,
            question=self.question,
            evidence="\n".join(evidence) or "(nothing)",
            asked="\n".join(f"- {one}" for one in before) or "(nothing)",
        )
        request = ChatRequest(
            messages=messages,
            max_tokens=_REPLY_TOKENS,
            temperature=0.0,
            seed=self.seed,
            json_schema=JsonSchema(name="pair_questions", schema_text=json.dumps(Questions.model_json_schema())),
        )
        known = {folded(one) for one in (*before, self.question)} | {""}
        new: dict[str, str] = {}
        for question in ask_for_json(model, request, Questions).questions:
            new.setdefault(folded(question), " ".join(question.split()))
        return tuple(question for key, question in new.items() if key not in known)


@dataclass(frozen=True)
class Exchange:
    """Writer and helper over one block's sources."""

    asker: Asker
    helper: Helper
    gate: Callable[[], AbstractContextManager[object]]
    matter: Matter
    embedder: Embedder

    def rounds(self, most: int, lines_now: Callable[[Sequence[Found]], Reduced]) -> Iterator[Round]:
        """At most so many rounds; the last one says why it is the last.

        Args:
            most: Rounds.
            lines_now: The lines that the writer sees, given what the rounds have brought so far.

        Raises:
            LMError: the writer cannot be asked. Running into a budget is no error, nor is a helper that fails.
        """
        before: list[str] = []
        brought: list[Found] = []
        for number in range(1, most + 1):
            one = self._round(lines_now(brought), before)
            if not one.reason and not _positions([one.found]) - _positions(brought):
                one = one.model_copy(update={"reason": "nothing new came"})
            if not one.reason and number == most:
                one = one.model_copy(update={"reason": f"{counted(most, 'round')} at most"})
            yield one
            if one.reason:
                return
            before += one.questions
            brought.append(one.found)

    def _round(self, now: Reduced, before: Sequence[str]) -> Round:
        try:
            questions = self.asker.ask(sheet_of(now.units, self.matter.statements).lines, before)
        except BudgetExceeded as error:
            return Round(reason=str(error), limit=error.limit)
        except (MalformedReply, ContextOverflow) as error:
            return Round(reason=f"no questions: {error}")
        if not questions:
            return Round(reason="the writer misses nothing")
        return self._looked_up(questions, {at for unit in now.units for at in unit.sources})

    def _looked_up(self, questions: tuple[str, ...], used: Collection[int]) -> Round:
        question = " ".join(questions)
        nearest = self._nearest([at for at in range(len(self.matter.statements)) if at not in used], question)
        if not nearest:
            return Round(questions=questions, reason="nothing that is left is near to that")
        near = sorted(nearest)
        statements = [self.matter.statements[at] for at in near]
        found, failure = asked(self.helper, statements, question, gate=self.gate)
        return Round(
            questions=questions,
            read=len(near),
            found=_first_of(moved(found, near), nearest, _MAX_BROUGHT * len(questions)),
            reason=failure.reason if failure else "",
            limit=failure.limit if failure else "",
        )

    def _nearest(self, positions: Sequence[int], question: str) -> list[int]:
        """Of these positions those nearest to a question, the nearest first."""
        place = {self.matter.statements[at].key: at for at in positions}
        statements = [self.matter.statements[at] for at in positions]
        near = select(statements, question, embedder=self.embedder, max_words=_READ_WORDS)
        return [place[one.statement.key] for one in near]


def _first_of(found: Found, nearest: Sequence[int], most: int) -> Found:
    """At most so many of what was found: notes first, then statements, the nearest first."""
    rank = {at: place for place, at in enumerate(nearest)}
    notes = sorted(found.notes, key=lambda note: min(rank[at] for at in note.sources))[:most]
    kept = sorted(found.kept, key=rank.__getitem__)[: most - len(notes)]
    return found.model_copy(update={"notes": tuple(notes), "kept": tuple(sorted(kept))})


def _positions(found: Sequence[Found]) -> set[int]:
    """Of all statements that matter, or that a note stands on."""
    return {at for one in found for at in (*one.kept, *(source for note in one.notes for source in note.sources))}
