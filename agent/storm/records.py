"""Conversations before an outline: who asked, what was answered, what was refused. The nouns of `agent.storm`.

An answer decides what is planned; it is never quoted or cited.
"""

import logging
from typing import Literal

from pydantic import Field

from lm.types import Frozen

logger = logging.getLogger(__name__)

Outcome = Literal["answered", "unknown", "refused"]
What = Literal["question", "answer", "draft", "outline", "heading"]
BASIC = "basic facts"
_SHOWN_CHARS = 200


class Perspective(Frozen):
    """A side of the topic. Its headings, and the documents that have them, are of other documents' tables of contents;
    the writer of basic facts has none."""

    name: str
    headings: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """As the model reads it."""
        if not self.headings:
            return "the basic facts: who, what, when, where, and how it ended"
        return ", ".join((self.name, *(heading for heading in self.headings if heading != self.name)))


class Refusal(Frozen):
    """What a model said and nobody believed, and why."""

    what: What
    said: str
    why: str

    @classmethod
    def of(cls, what: What, said: str, why: str) -> "Refusal":
        """Recorded and logged, however long the reply."""
        shown = " ".join(said.split())[:_SHOWN_CHARS]
        logger.info("refused %s: %s: %r", what, why, shown)
        return cls(what=what, said=shown, why=why)


class AnswerSentence(Frozen):
    """A sentence that was verified, with the passages that it stands on."""

    text: str
    passages: tuple[str, ...] = Field(min_length=1)
    quoted: tuple[tuple[str, int, int], ...] = Field(description="Keys of its statements: document, start, end.")


class Turn(Frozen):
    """A question, what was read for it, and what of the answer was verified.

    `unknown`: nothing was found, or the expert says that it does not know; `refused`: nothing that it said was borne
    out.
    """

    question: str
    outcome: Outcome
    read: tuple[str, ...] = Field(default=(), description="Ids of the passages.")
    sentences: tuple[AnswerSentence, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def answer(self) -> str:
        """The verified sentences."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def passages(self) -> tuple[str, ...]:
        """Those that the answer stands on, none twice."""
        return tuple(dict.fromkeys(id_ for sentence in self.sentences for id_ in sentence.passages))


class Conversation(Frozen):
    """One perspective's questions with their answers, and why it ended."""

    perspective: Perspective
    turns: tuple[Turn, ...] = ()
    ended: str
    refused: tuple[Refusal, ...] = ()


class Placed(Frozen):
    """The block that a question became or joined, and the passages that its answer stands on: each is in one block."""

    block: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]


class Conversations(Frozen):
    """All conversations of a plan, the layouts before and after them, and what became of the answers.

    `calls` and `tokens` are the planner's own, replayed ones included; `limit` names the budget that ended it.
    """

    conversations: tuple[Conversation, ...] = ()
    draft: tuple[str, ...] = Field(default=(), description="Headings from the topic alone.")
    refined: tuple[str, ...] = Field(default=(), description="Headings after the conversations.")
    placed: tuple[Placed, ...] = ()
    refused: tuple[Refusal, ...] = Field(default=(), description="Of layouts and headings.")
    limit: str = ""
    calls: int = 0
    tokens: int = 0

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Of all conversations, in order."""
        return tuple(turn for talk in self.conversations for turn in talk.turns)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Everything that was refused."""
        said = [refusal for talk in self.conversations for refusal in talk.refused]
        return (*said, *(refusal for turn in self.turns for refusal in turn.refused), *self.refused)

    @property
    def told(self) -> str:
        """In a few words, for a reader."""
        n = {outcome: sum(turn.outcome == outcome for turn in self.turns) for outcome in ("answered", "unknown")}
        return (
            f"{len(self.conversations)} conversations, {len(self.turns)} questions: {n['answered']} answered, "
            f"{n['unknown']} without an answer in the documents; {len(self.refusals)} replies or sentences refused"
        )
