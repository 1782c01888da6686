"""What long-term memory is made of: turns as they were said, and atomic units drawn from them.

Knows times, speakers and provenance. Must not know how units are made, gated, kept or found.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lm.types import Frozen

# `statement` was said in a conversation, `note` was added by hand; `fact`, `summary` and `rejected` come from finished
# reports; `abstract` stands for the archived units that it carries; a `passage` is no unit but a stretch of the log.
UnitKind = Literal["statement", "note", "fact", "summary", "rejected", "abstract", "passage"]


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time needs its zone; write it with +00:00 or Z")
    return at.astimezone(UTC)


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError("a speaker needs a name")
    return name


Instant = Annotated[datetime, AfterValidator(_in_utc)]


class Span(Frozen):
    """Characters [start, end) of a text."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"a span from {self.start} to {self.end} ends before it begins")
        return self


class Turn(Frozen):
    """One turn of a conversation, or one finished text, as the raw log keeps it, whatever the gate says of it.

    `recalled` are the spans that were shown from memory: they are searched, and never stored again.
    """

    id: str = Field(min_length=1)
    session: str
    speaker: Annotated[str, AfterValidator(_not_blank)]
    text: str
    at: Instant
    recalled: tuple[Span, ...] = ()

    @property
    def own_text(self) -> str:
        """The text with blanks in the place of what was recalled."""
        text = self.text
        for span in self.recalled:
            text = text[: span.start] + " " * (min(span.end, len(text)) - span.start) + text[span.end :]
        return text


class Interval(Frozen):
    """What a time expression means: from the beginning of `start` to the end of `end`, both dates (ISO 8601)."""

    start: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    end: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")

    def overlaps(self, other: "Interval") -> bool:
        """Whether they share a day."""
        return self.start <= other.end and other.start <= self.end


class MemoryUnit(Frozen):
    """A statement that can be understood alone.

    Attributes:
        scope: Whose memory: ``user``, ``project``, ``run:ID``, or any plain name.
        kind: Where it comes from.
        text: With its speaker, and with absolute times in place of or beside relative ones.
        at: When it was said, or found.
        parents: Ids of the turns, quotations or claims that it was drawn from; never empty.
        times: What its time expressions mean.
        persons: Who speaks and who is spoken of, as written.
        entities: All proper names, persons' included.
        members: Of an abstract: the units that it stands for.
        around: Of a passage: what was said before and after it, and itself; it is searched, and not shown.
        reason: Of a rejected source: why.
    """

    scope: str
    kind: UnitKind
    text: str = Field(min_length=1)
    at: Instant
    parents: tuple[str, ...] = Field(min_length=1)
    times: tuple[Interval, ...] = ()
    persons: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    around: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """Hash of scope, kind, text, time and parents: the same said again later is another unit, the same step
        repeated after a crash is not."""
        said = [self.scope, self.kind, self.text, self.at.isoformat(), sorted(self.parents)]
        identity = json.dumps(said, ensure_ascii=False)
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
