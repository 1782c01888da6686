"""What comes out of an extraction: facts with the span that carries them, and what was refused with its reason."""

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, SerializeAsAny

from agent.facts.types import FactType, Quantity
from lm.types import Frozen

RejectionCode = Literal[
    # Of a reply as a whole: nothing of it is read.
    "no_list",
    "too_large",
    "foreign_code",
    # Of one entry of its list.
    "syntax",
    "not_a_call",
    "unknown_type",
    "bad_argument",
    "not_literal",
    "wrong_type",
    "too_many",
    # Of a fact that the passage does not carry.
    "name_not_found",
    "number_not_found",
    "unit_not_found",
    "trigger_not_found",
    "date_not_found",
    "measure_not_found",
    "measure_cut_short",
    "text_not_found",
    "not_together",
    "wrong_subject",
]
REJECTION_CODES: tuple[RejectionCode, ...] = get_args(RejectionCode)


class Rejection(Frozen):
    """Something that a model wrote and that is not believed; `written` is its beginning."""

    code: RejectionCode
    reason: str
    written: str = ""


class Span(Frozen):
    """A quotation: `text` stands at [start, end) of the stored text of `document`, under the title and headings."""

    document: str
    title: str
    heading_path: tuple[str, ...] = ()
    passage: str
    page: int | None = None
    start: int
    end: int
    text: str

    def overlaps(self, other: "Span") -> bool:
        """Whether both quote a common piece of one document."""
        return self.document == other.document and self.start < other.end and other.start < self.end


class Fact(Frozen):
    """What a passage states, and the span that states it."""

    stated: SerializeAsAny[FactType]
    span: Span


class ExtractionResult(Frozen):
    """What was made of one passage. `is_readable`: the reply held a list of calls; `is_cut_off`: not to its end."""

    passage: str
    facts: tuple[Fact, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    is_readable: bool = True
    is_cut_off: bool = False


class Contradiction(Frozen):
    """Two spans that give one measure of one subject at one date different values."""

    subject: str
    measure: str
    as_of: str | None
    values: tuple[str, str] = Field(description="As the two spans write them.")
    one: Fact
    other: Fact


class FactsRead(Frozen):
    """What was extracted for a block; `budget` is the limit that ended it early, if one did."""

    block: str
    results: tuple[ExtractionResult, ...]
    budget: str | None = None


class FactsFile(Frozen):
    """`facts.json`: what was extracted, over all that was read."""

    passages: int
    unreadable: int = Field(description="Replies without a list of calls.")
    cut_off: int = Field(description="Replies that ended within their list; their whole calls count.")
    facts: tuple[Fact, ...]
    rejected: tuple[Rejection, ...]
    rejected_by_code: Mapping[str, int]
    contradictions: tuple[Contradiction, ...]

    @property
    def quantities(self) -> tuple[Fact, ...]:
        """The figures among the facts."""
        return tuple(fact for fact in self.facts if isinstance(fact.stated, Quantity))
