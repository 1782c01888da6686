"""A plan that the user gives or has edited, and the outline that a planner would have handed over in its place.

What it says of sections, questions, lengths and dependencies is followed; whether the corpus can answer it is seen when
the run reads for it. How it stands in a file is known to `plan_file`, what can be wrong with it to `plan_faults`.
"""

from itertools import count
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from agent.brief import subject_matter, title_of
from agent.dependencies import one_after_another, way_of_telling
from agent.frame import MIN_FRAMED_WORDS, body_words
from agent.narrative.check import schema_violations
from agent.plan import block_id
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.types import Frozen
from prompts.narrative import load_schema

_LEAST_WORDS = 20  # of a question


class PlannedQuestion(Frozen):
    """A question and how long its answer may be.

    `documents`: ids of those that it is asked of; empty: all. `id` is what others call it by, by default its place as
    in "s01b02"; `depends_on` are ids of questions that are told before it.
    """

    id: str = Field(default="", max_length=40, pattern=r"^(?:[A-Za-z][\w-]*)?$")

    question: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(min_length=3, max_length=4_000)
    words: int | None = Field(default=None, ge=_LEAST_WORDS, le=10_000)
    queries: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


class PlannedPart(Frozen):
    """A section. Its length is its own, or that of its questions."""

    title: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(min_length=2, max_length=300)
    slot: str = ""
    words: int | None = Field(default=None, ge=_LEAST_WORDS, le=10_000)
    questions: tuple[PlannedQuestion, ...] = Field(min_length=1, max_length=100)

    @field_validator("questions", mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        """A question may be a text alone."""
        if not isinstance(value, list | tuple):
            return value
        return tuple({"question": item} if isinstance(item, str) else item for item in value)

    @property
    def length(self) -> int | None:
        """Its words, where it says them."""
        own = [question.words for question in self.questions if question.words is not None]
        return sum(own) if len(own) == len(self.questions) else self.words


class UserPlan(Frozen):
    """A whole plan. `origin`, `reason` and `missing` are what a planner said of it; nobody has to say them. With the
    order "time" each section builds on the one before it."""

    topic: str = ""
    words: int | None = Field(default=None, ge=50, le=10_000)
    title: str = ""
    narrative: str = ""
    opening: str = ""
    ending: str = ""
    order: Literal["", "time"] = ""
    origin: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    sections: tuple[PlannedPart, ...] = Field(min_length=1, max_length=300)

    @property
    def report_words(self) -> int | None:
        """The length of the report: as it says, else what its sections make with their frame; None: it says none."""
        lengths = [section.length for section in self.sections]
        if self.words is not None or None in lengths:
            return self.words
        body = sum(length or 0 for length in lengths)
        return body if body < MIN_FRAMED_WORDS else round(body / (body_words(10_000) / 10_000))

    def ids(self) -> list[list[str]]:
        """What each question is called by, section by section: its own id, or its place, unless another has that."""
        taken = {asked.id for section in self.sections for asked in section.questions}
        return [
            [asked.id or _free(block_id(i, j), taken) for j, asked in enumerate(section.questions, start=1)]
            for i, section in enumerate(self.sections, start=1)
        ]


def _free(place: str, taken: set[str]) -> str:
    return place if place not in taken else next(name for n in count(2) if (name := f"{place}-{n}") not in taken)


def plan_of(outline: Outline, brief: Brief) -> UserPlan:
    """The plan that gives this outline again; introduction and conclusion are made of it anew.

    What a question depends on, and the ids that say it, stand there only where nothing would find them again: whoever
    edits a plan wants to take a section out, or put one in.
    """
    way = way_of_telling(outline)
    return UserPlan(
        topic=brief.topic,
        words=brief.words,
        title=outline.title,
        narrative=outline.narrative,
        opening=outline.opening,
        ending=outline.ending,
        order="time" if way == "time" else "",
        origin=outline.origin,
        reason=outline.reason,
        missing=outline.missing,
        sections=tuple(
            PlannedPart.model_construct(
                title=section.title,
                slot=section.slot,
                words=None,
                questions=tuple(_question_of(block, is_named=way == "own") for block in section.blocks),
            )
            for section in outline.sections
            if section.kind == "section"
        ),
    )


def _question_of(block: AtomicBlock, *, is_named: bool) -> PlannedQuestion:
    return PlannedQuestion.model_construct(
        id=block.id if is_named else "",
        question=block.question,
        words=block.target_words,
        queries=block.queries,
        needs=block.needs,
        facets=block.facets,
        documents=block.subject_ids,
        depends_on=block.depends_on if is_named else (),
    )


def outline_of_plan(plan: UserPlan, brief: Brief) -> Outline:
    """The outline that the plan asks for; where it names a schema that it breaks, the reason says so."""
    lengths = _lengths(plan, brief)
    places = {id_: block_id(i, j) for i, ids in enumerate(plan.ids(), 1) for j, id_ in enumerate(ids, 1)}
    sections = []
    for i, section in enumerate(plan.sections, start=1):
        blocks = tuple(
            AtomicBlock(
                id=block_id(i, j),
                question=asked.question,
                needs=asked.needs,
                queries=asked.queries or (asked.question, f"{section.title} {subject_matter(brief.topic)}"),
                target_words=lengths[i - 1][j - 1],
                facets=asked.facets,
                subject_ids=asked.documents or brief.subjects,
                depends_on=tuple(places[id_] for id_ in asked.depends_on),
            )
            for j, asked in enumerate(section.questions, start=1)
        )
        sections.append(SectionPlan(id=f"s{i:02d}", title=section.title.strip(), blocks=blocks, slot=section.slot))
    outline = Outline(
        title=plan.title or title_of(brief.topic),
        sections=tuple(sections),
        origin="user",
        reason="the user's plan",
        missing=plan.missing,
        narrative=plan.narrative,
        opening=plan.opening,
        ending=plan.ending,
    )
    if plan.order == "time":
        outline = one_after_another(outline)
    broken = schema_violations(outline, load_schema(plan.narrative)) if plan.narrative else []
    if not broken:
        return outline
    told = f"the user's plan; not met of the schema {plan.narrative}: {'; '.join(broken)}"
    return outline.model_copy(update={"reason": told})


def _lengths(plan: UserPlan, brief: Brief) -> list[list[int]]:
    """Words of each question, section by section."""
    n_questions = sum(len(section.questions) for section in plan.sections)
    each = max(_LEAST_WORDS, round(body_words(brief.words) / n_questions))
    lengths = []
    for section in plan.sections:
        own = [question.words for question in section.questions]
        share, rest = divmod(section.length or each * len(own), len(own))
        lengths.append([words or share + (j < rest) for j, words in enumerate(own)])
    return lengths
