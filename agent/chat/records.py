"""What a chat keeps of each question: how it was understood, its answer sentence by sentence, what memory did with it.

Everything here is stored with the session, so that `/why` and `/sources` can be asked after a restart. Nothing here
knows how it is made.
"""

from typing import Literal

from pydantic import Field

from agent.types import Evidence
from lm.types import Frozen
from memory.units import Instant, Span, UnitKind

Status = Literal["asked", "answered", "stopped", "failed", "forgotten"]
# `corpus`: documents are read; `memory`: what was recalled answers; `noted`: nothing was asked.
Route = Literal["corpus", "memory", "noted"]
USER, WELLREAD = "User", "Wellread"


class Session(Frozen):
    """One conversation. `title` is its first question."""

    id: str
    scope: str
    title: str
    started_at: Instant
    updated_at: Instant
    n_exchanges: int = 0


class RecalledNote(Frozen):
    """A unit that memory brought up for a question, with its score in each channel and all together.

    `superseded_on` is when a newer unit said otherwise.
    """

    id: str
    kind: UnitKind = "statement"
    text: str
    speaker: str
    at: Instant
    score: float
    channels: dict[str, float] = Field(default_factory=dict)
    superseded_on: Instant | None = None


class Considered(Frozen):
    """How a question was understood before anything was read: `question` is what was looked up in its place."""

    question: str
    rewritten_by: Literal["", "rules", "model"] = ""
    recalled: tuple[RecalledNote, ...] = ()
    k: int = 0
    complexity: float = 0.0
    recall_tokens: int = 0
    recall_reason: str = ""
    route: Route = "corpus"
    route_reason: str = ""
    gap: str = Field(default="", description="Why the documents gave no answer, where they were read.")


class MemoryQuote(Frozen):
    """A recalled unit that an answer quotes; [m1] is the one with number 1. `superseded_on` as of a note."""

    number: int
    unit: str
    kind: UnitKind
    speaker: str
    at: Instant
    quote: str
    superseded_on: Instant | None = None


class AnswerSentence(Frozen):
    """A sentence with its numbers: `sources` of documents, `memories` of recalled units.

    `recalled` are the characters of `text` that were taken from memory, word for word.
    """

    text: str
    sources: tuple[int, ...] = ()
    memories: tuple[int, ...] = ()
    recalled: Span | None = None

    @property
    def marked(self) -> str:
        """The sentence with its numbers behind it."""
        numbers = [*(f"[{n}]" for n in self.sources), *(f"[m{n}]" for n in self.memories)]
        return f"{self.text} {''.join(numbers)}".strip()


class Answer(Frozen):
    """A whole answer. `is_grounded`: it stands on a source or on memory; else it says that nothing was found.

    `limits` are remarks on what was read, `refused` sentences that were not shown because a check failed.
    """

    sentences: tuple[AnswerSentence, ...]
    evidence: tuple[Evidence, ...] = ()
    memories: tuple[MemoryQuote, ...] = ()
    limits: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    stops: tuple[str, ...] = Field(default=(), description="Budgets that were reached.")
    is_grounded: bool = True
    seconds: float = 0.0

    @property
    def marked(self) -> str:
        """All sentences with their numbers."""
        return " ".join(sentence.marked for sentence in self.sentences)

    def plain(self) -> tuple[str, tuple[Span, ...]]:
        """The text without numbers, and where in it stands what was recalled."""
        text, spans = "", []
        for sentence in self.sentences:
            text += " " if text else ""
            if sentence.recalled is not None:
                start, end = sentence.recalled.start, sentence.recalled.end
                spans.append(Span(start=len(text) + start, end=len(text) + end))
            text += sentence.text
        return text, tuple(spans)


class Decided(Frozen):
    """What the gate said of one window of turns."""

    kept: bool
    score: float
    threshold: float
    reason: str


class Kept(Frozen):
    """What long-term memory did with an exchange."""

    windows_kept: int = 0
    windows_dropped: int = 0
    units: int = 0
    decisions: tuple[Decided, ...] = ()


class Exchange(Frozen):
    """A question and what became of it. `number` counts from 1 within its session."""

    session: str
    number: int
    question: str
    asked_at: Instant
    status: Status = "asked"
    considered: Considered | None = None
    draft: Answer | None = Field(default=None, description="Composed, and not yet checked; never shown.")
    answer: Answer | None = None
    answered_at: Instant | None = None
    kept: Kept | None = None
    message: str = Field(default="", description="Of a failure: what went wrong.")

    @property
    def question_id(self) -> str:
        """The id of the question as a turn in long-term memory."""
        return f"{self.session}:{self.number}:q"

    @property
    def answer_id(self) -> str:
        """The id of the answer as a turn in long-term memory."""
        return f"{self.session}:{self.number}:a"
