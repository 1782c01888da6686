"""What one line of a batch file asks for, as the settings that a single run would have had.

Knows the briefs of runs. Must not know files, or how a batch is run.
"""

import hashlib
import re
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from agent.settings import Format, Phrase, Planner
from agent.state import Mode
from lm.types import Frozen

ItemId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w.-]{1,100}$")]
Asked = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
_SLUG_CHARS = 40
# Of which setting a field of a brief is; one that is not given leaves the setting as it is.
SETTINGS = {
    "planner": "write.planner",
    "narrative": "write.narrative",
    "seed": "write.seed",
    "ratio": "write.saturation_ratio",
    "sections": "write.section_titles",
    "avoid": "write.avoid",
    "mention": "write.mention",
    "language": "write.language",
    "audience": "write.audience",
    "formats": "write.formats",
    "documents": "search.documents",
    "model": "roles.writer.model",
    "max_tokens": "budget.max_tokens",
    "max_usd": "budget.max_usd",
    "max_seconds": "budget.max_seconds",
}


class BatchItem(Frozen):
    """A topic to write on, or a question to answer, with what is asked of it beyond the settings of all."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: ItemId | None = Field(default=None, description="Its name; none: made of its text.")
    topic: Asked | None = Field(default=None, description="What a report is written on.")
    question: Asked | None = Field(default=None, description="What is answered.")
    words: int | None = Field(default=None, ge=50, le=10_000, description="Length of a report.")
    narrative: str | None = Field(default=None, alias="schema", description="Narrative schema, auto or off.")
    planner: Planner | None = Field(default=None, description="Who plans.")
    sections: tuple[Phrase, ...] = Field(default=(), description="Sections to have, by name.")
    avoid: tuple[Phrase, ...] = Field(default=(), description="Phrases that must not be said.")
    mention: tuple[Phrase, ...] = Field(default=(), description="What must be mentioned.")
    language: str | None = Field(default=None, description="Language of its sentences.")
    audience: str | None = Field(default=None, description="Whom it is for.")
    documents: tuple[Phrase, ...] = Field(
        default=(), description="Only these documents: paths, titles or ids, * and ?."
    )
    ratio: float | None = Field(default=None, ge=1.0, description="Distinct characters read per character written.")
    seed: int | None = Field(default=None, ge=0, description="Seed of what is left to chance.")
    model: str | None = Field(default=None, description="The writer.")
    formats: tuple[Format, ...] = Field(default=(), description="Files: md, html, docx, pdf.")
    max_tokens: int | None = Field(default=None, gt=0, description="Of this item.")
    max_usd: float | None = Field(default=None, gt=0.0, description="Of this item.")
    max_seconds: float | None = Field(
        default=None, gt=0.0, description="Of this item, from when it is begun, waiting for the others included."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.topic is None) == (self.question is None):
            raise ValueError("it wants a topic (a report) or a question (an answer), one of them")
        of_reports = ("words", "narrative", "planner", "sections", "avoid", "mention", "language", "audience", "ratio")
        if self.question is not None and (set_here := [name for name in of_reports if getattr(self, name)]):
            raise ValueError(f"{name_in_files(set_here[0])} is of reports, and this is a question")
        if self.sections and self.narrative not in (None, "off"):
            raise ValueError("sections and schema exclude each other: both say which sections there are")
        return self

    @property
    def mode(self) -> Mode:
        """A report or an answer."""
        return "answer" if self.question is not None else "report"

    @property
    def asked(self) -> str:
        """The topic or the question."""
        return self.question or self.topic or ""

    @property
    def name(self) -> str:
        """Its id, or one made of its text: the same text has the same name wherever it stands in the file."""
        if self.id is not None:
            return self.id
        slug = re.sub(r"[^a-z0-9]+", "-", self.asked.lower()).strip("-")[:_SLUG_CHARS].rstrip("-")
        return f"{slug or 'item'}-{self.digest[:6]}"

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is asked, in hexadecimal; the id is none of it."""
        return hashlib.sha256(self.model_dump_json(exclude={"id"}).encode()).hexdigest()

    def flags(self) -> dict[str, object]:
        """The settings that it gives, by dotted key."""
        given = {key: getattr(self, name) for name, key in SETTINGS.items()}
        found: dict[str, object] = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in given.items()
            if value not in (None, ())
        }
        if self.ratio is not None:
            found["write.saturation_target"] = 0  # who names a ratio means it for a short report, too
        return found


def name_in_files(field: str) -> str:
    """What a field of an item is called in a batch's file."""
    return BatchItem.model_fields[field].alias or field
