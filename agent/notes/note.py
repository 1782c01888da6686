"""A note: lines that grow with what is read, each with the passages that it stands on, and the story of how it grew.

The nouns of `agent.notes`. A line decides what is read; it is never quoted or cited.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from lm.types import Frozen

StopReason = Literal["refs_cap", "fails", "max_step", "no_new_docs", "budget"]


class NoteLine(Frozen):
    """One noted fact; `step` is when it was noted, 0 for the first retrieval's."""

    text: str
    sources: tuple[str, ...] = Field(min_length=1, description="Ids of the passages that say it.")
    quoted: tuple[tuple[str, int, int], ...] = Field(
        default=(), description="Keys of the statements in them that carry it: document, start, end."
    )
    step: int = Field(ge=0)


class Note(Frozen):
    """Lines in the order of their coming. `version` counts what was accepted, the first lines included."""

    lines: tuple[NoteLine, ...] = ()
    version: int = 0

    @property
    def passages(self) -> tuple[str, ...]:
        """Ids of the passages that the lines stand on, none twice."""
        return tuple(dict.fromkeys(source for line in self.lines for source in line.sources))

    @property
    def text(self) -> str:
        """The lines as a model reads them."""
        return "\n".join(f"- {line.text}" for line in self.lines) or "(nothing yet)"

    def grown(self, lines: Sequence[NoteLine]) -> "Note":
        """The note with these lines added."""
        return Note(lines=(*self.lines, *lines), version=self.version + 1)


class NoteStep(Frozen):
    """One step: what was asked, what came, what was proposed, and what became of it.

    `lines` are those that their passages support and that say something new: the claims; `n_unsupported` and
    `n_repeated` count the others. Step 0 is the first retrieval, with the question as its query.
    """

    step: int
    queries: tuple[str, ...] = ()
    passages: tuple[str, ...] = Field(default=(), description="Ids of those read for the first time.")
    lines: tuple[NoteLine, ...] = ()
    n_unsupported: int = 0
    n_repeated: int = 0
    added_tokens: int = Field(default=0, description="Of the lines, by the helper's count.")
    is_accepted: bool = False
    reason: str


class NoteResult(Frozen):
    """The best note, how it came about, why it ended, and what that took. `limit` names the budget that ended it."""

    best: Note
    history: tuple[NoteStep, ...]
    stop_reason: StopReason
    limit: str = ""
    calls: int = Field(description="Of the models, repairs of malformed replies and replayed calls included.")
    tokens: int

    @property
    def queries(self) -> tuple[str, ...]:
        """Everything that was searched for, the question first."""
        return tuple(query for step in self.history for query in step.queries)
