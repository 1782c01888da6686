"""A plan that the user gives or has edited: what `--plan-only --json` prints, as JSON or TOML.

Read into types, checked, and made into the outline that a planner would have handed over. What it says of sections,
questions and lengths is followed; whether the corpus can answer it is seen when the run reads for it.
"""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from agent.brief import subject_matter, title_of
from agent.config_value import near_misses
from agent.errors import UsageProblem
from agent.frame import MIN_FRAMED_WORDS, body_words
from agent.narrative.check import schema_violations
from agent.plan import block_id
from agent.render_markdown import one_line
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.types import Frozen
from prompts.narrative import load_schema, schema_names

_LEAST_WORDS = 20  # of a question
_LENGTH_TOLERANCE = 0.5  # a planner's own sections may stay well under the body, where it found too few
HINT = "`wellread write TOPIC --plan-only --json` prints a plan that can be edited"


class PlannedQuestion(Frozen):
    """A question and how long its answer may be. `documents`: ids of those that it is asked of; empty: all."""

    question: str = Field(min_length=3, max_length=4_000)
    words: int | None = Field(default=None, ge=_LEAST_WORDS, le=10_000)
    queries: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


class PlannedPart(Frozen):
    """A section. Its length is its own, or that of its questions."""

    title: str = Field(min_length=2, max_length=300)
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
    """A whole plan. `origin`, `reason` and `missing` are what a planner said of it; nobody has to say them."""

    topic: str = ""
    words: int | None = Field(default=None, ge=50, le=10_000)
    title: str = ""
    narrative: str = ""
    opening: str = ""
    ending: str = ""
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


def plan_of(outline: Outline, brief: Brief) -> UserPlan:
    """The plan that gives this outline again; introduction and conclusion are made of it anew."""
    return UserPlan(
        topic=brief.topic,
        words=brief.words,
        title=outline.title,
        narrative=outline.narrative,
        opening=outline.opening,
        ending=outline.ending,
        origin=outline.origin,
        reason=outline.reason,
        missing=outline.missing,
        sections=tuple(
            PlannedPart.model_construct(
                title=section.title,
                slot=section.slot,
                words=None,
                questions=tuple(_question_of(block) for block in section.blocks),
            )
            for section in outline.sections
            if section.kind == "section"
        ),
    )


def _question_of(block: AtomicBlock) -> PlannedQuestion:
    return PlannedQuestion.model_construct(
        question=block.question,
        words=block.target_words,
        queries=block.queries,
        needs=block.needs,
        facets=block.facets,
        documents=block.subject_ids,
    )


def outline_of_plan(plan: UserPlan, brief: Brief) -> Outline:
    """The outline that the plan asks for; where it names a schema that it breaks, the reason says so."""
    lengths = _lengths(plan, brief)
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


def plan_faults(plan: UserPlan) -> list[str]:
    """What is wrong with a plan that has the right form: repeated titles and questions, lengths, unknown schema."""
    faults = []
    for what, texts in (
        ("title", [section.title for section in plan.sections]),
        ("question", [asked.question for section in plan.sections for asked in section.questions]),
    ):
        folded = [" ".join(text.casefold().split()) for text in texts]
        faults += [f"the {what} “{t}” stands there twice" for i, t in enumerate(texts) if folded[i] in folded[:i]]
    if plan.narrative and plan.narrative not in schema_names():
        near = near_misses(plan.narrative, schema_names())
        faults.append(f"narrative: there is no schema {plan.narrative!r}; {_guess(near, schema_names())}")
    return faults + _length_faults(plan)


def _length_faults(plan: UserPlan) -> list[str]:
    faults = []
    for i, section in enumerate(plan.sections, start=1):
        own = [question.words for question in section.questions]
        if None in own and any(own):
            faults.append(f"section {i} (“{section.title}”): give words to each of its questions, or to none")
        elif section.words is not None and None not in own and section.words != section.length:
            faults.append(
                f"section {i} (“{section.title}”) has {section.words} words and its questions have {section.length}; "
                "leave one of them out"
            )
    without = [section.title for section in plan.sections if section.length is None]
    if without and len(without) < len(plan.sections):
        faults.append(f"“{without[0]}” has no length while others have; give words to every section, or to none")
    if not faults and not without and plan.words is not None:
        planned, body = sum(section.length or 0 for section in plan.sections), body_words(plan.words)
        if abs(planned - body) > _LENGTH_TOLERANCE * body:
            faults.append(
                f"its sections have {planned:,} words, and a report of {plan.words:,} words has {body:,} for them; "
                "change words, or leave it out"
            )
    if not faults and plan.report_words is not None and not 50 <= plan.report_words <= 10_000:
        faults.append(f"it makes a report of {plan.report_words:,} words, which is not between 50 and 10,000")
    return faults


def read_plan(path: Path) -> UserPlan:
    """The plan in a file.

    Raises:
        UsageProblem: it cannot be read, is neither JSON nor TOML, or cannot be followed.
    """
    return parse_plan(plan_file_text(path), str(path))


def plan_file_text(path: Path) -> str:
    """What a plan's file holds, without the mark of byte order that some editors put first. Raises UsageProblem."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageProblem(f"the plan {path} cannot be read: {why}", hint=HINT) from error


def parse_plan(text: str, where: str) -> UserPlan:
    """The plan in a text, JSON if it begins like an object, else TOML. Raises UsageProblem, which names `where`."""
    try:
        tree = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        plan = UserPlan.model_validate(tree)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise UsageProblem(f"{where} is neither JSON nor TOML: {error}", hint=HINT) from error
    except ValidationError as error:
        raise UsageProblem(f"{where}: {'; '.join(_complaints(error))}", hint=HINT) from error
    if faults := plan_faults(plan):
        raise UsageProblem(f"{where}: {'; '.join(faults)}", hint="mend the plan; " + HINT)
    return plan


def _complaints(error: ValidationError) -> list[str]:
    told = []
    for part in error.errors(include_url=False, include_input=False):
        place = _place(part["loc"])
        *_, key = part["loc"] or ("",)
        if part["type"] == "extra_forbidden":
            depth = sum(isinstance(step, int) for step in part["loc"])
            known = list((UserPlan, PlannedPart, PlannedQuestion)[depth].model_fields)
            told.append(f"{place}: unknown key; {_guess(near_misses(str(key), known), known)}")
        elif key == "sections" and part["type"] in ("missing", "too_short"):
            told.append("it has no sections")
        elif key == "questions" and part["type"] in ("missing", "too_short"):
            told.append(f"{place}: a section must ask at least one question")
        else:
            told.append(f"{place}: {part['msg']}")
    return told


def _place(loc: Sequence[int | str]) -> str:
    """`("sections", 1, "title")` as "sections 2, title": people count from one."""
    parts: list[str] = []
    for step in loc:
        if isinstance(step, int) and parts:
            parts[-1] += f" {step + 1}"
        else:
            parts.append(str(step))
    return ", ".join(parts) or "the plan"


def _guess(near: Sequence[str], known: Sequence[str]) -> str:
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{guess}allowed are {', '.join(known)}"


def plan_toml(plan: UserPlan) -> str:
    """The plan as TOML, to be read and edited by a person; what the planner said of it stands above as remarks."""
    remarks = (f"Planned by: {plan.origin}" if plan.origin else "", one_line(plan.reason))
    lines = [f"# {remark}" for remark in remarks if remark]
    if plan.missing:
        lines.append(f"missing = {_toml(plan.missing)}")
    lines += [
        f"{key} = {_toml(value)}"
        for key, value in plan.model_dump(include={"topic", "words", "title", "narrative", "opening", "ending"}).items()
        if value not in (None, "")
    ]
    for section in plan.sections:
        lines += ["", "[[sections]]", f"title = {_toml(section.title)}"]
        lines += [f"slot = {_toml(section.slot)}"] if section.slot else []
        lines += [f"words = {section.words}"] if section.words is not None else []
        for question in section.questions:
            lines.append("[[sections.questions]]")
            lines += [f"{key} = {_toml(v)}" for key, v in question.model_dump().items() if v not in (None, (), "")]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    # A JSON string is a TOML string, but for one control character that JSON does not escape.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
