"""Planning: sections and atomic blocks, by the model where its plan holds, by rule where it does not.

A plan is checked before it is believed: sections distinct, on topic, each with evidence in the corpus. What the checks
find wrong is the reason that the outline carries.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agent.align import Alignment
from agent.brief import subject_matter, title_of
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder
from lm.errors import MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from prompts.fit import fit_lines
from prompts.templates import render
from retrieval.search import Searcher

logger = logging.getLogger(__name__)

_MAX_TITLE_LIKENESS = 0.82
_MIN_TOPIC_LIKENESS = 0.25
_MIN_EVIDENCE_LIKENESS = 0.40


class PlannedSection(Frozen):
    """A section as the model proposes it."""

    title: str = Field(min_length=3, max_length=90)
    questions: list[str] = Field(min_length=1, max_length=4)


class ProposedPlan(Frozen):
    """A plan as the model proposes it."""

    sections: list[PlannedSection] = Field(min_length=2, max_length=10)
    lacking: list[str] = Field(default=[], max_length=6)


@dataclass(frozen=True)
class PlanSize:
    """How many sections a length has room for, and how many blocks each."""

    sections: int
    blocks: int
    words_per_block: int


def plan_size(words: int) -> PlanSize:
    """Sections of about 200 words, blocks of about 100; the frame (introduction, conclusion) takes a tenth and a
    half."""
    body = round(words * 0.86)
    sections = max(1, min(12, round(body / 190)))
    blocks = max(1, round(body / sections / 105))
    return PlanSize(sections, blocks, max(20, round(body / (sections * blocks))))


def block_id(section: int, block: int) -> str:
    """Ids are positions: the same plan has the same ids in every run."""
    return f"s{section:02d}b{block:02d}"


def _request(brief: Brief, alignment: Alignment, writer: ChatModel, size: PlanSize, seed: int) -> ChatRequest:
    schema = ProposedPlan.model_json_schema()
    max_tokens = 120 + 90 * size.sections
    lines = [f"- ({hit.title}) {' '.join(hit.passage.text.split())[:280]}" for hit in alignment.hits[:24]]
    room = writer.context_tokens - max_tokens - 400
    notes = fit_lines(lines, max_tokens=min(room, 1_500), count_tokens=writer.count_tokens)
    messages = render(
        "plan",
        topic=brief.topic,
        notes="\n".join(notes),
        sections=str(size.sections),
        questions=str(size.blocks),
    )
    json_schema = JsonSchema(name="plan", schema_text=json.dumps(schema, sort_keys=True))
    return ChatRequest(messages=messages, max_tokens=max_tokens, temperature=0.0, seed=seed, json_schema=json_schema)


def faults_of(
    plan: ProposedPlan,
    topic: str,
    size: PlanSize,
    *,
    searcher: Searcher,
    embedder: Embedder,
    doc_ids: Sequence[str],
) -> list[str]:
    """What is wrong with a proposed plan: too few sections, likeness between them, off topic, or no evidence."""
    faults = []
    if len(plan.sections) < max(2, size.sections // 2):
        faults.append(f"{len(plan.sections)} sections where {size.sections} were asked for")
    titles = [section.title for section in plan.sections]
    vectors = embedder.encode([topic, *titles])
    for i, title in enumerate(titles, start=1):
        for j in range(i + 1, len(vectors)):
            if (likeness := float(vectors[i] @ vectors[j])) > _MAX_TITLE_LIKENESS:
                faults.append(f"“{title}” and “{titles[j - 1]}” are alike ({likeness:.2f})")
        if (likeness := float(vectors[0] @ vectors[i])) < _MIN_TOPIC_LIKENESS:
            faults.append(f"“{title}” is off the topic ({likeness:.2f})")
    for section in plan.sections:
        question = f"{section.title}: {section.questions[0]}"
        hits = searcher.search_passages(question, 3, doc_ids=doc_ids or None)
        near = embedder.encode([question, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
        best = float(max(near[1:] @ near[0], default=0.0))
        if best < _MIN_EVIDENCE_LIKENESS:
            faults.append(f"“{section.title}” has no evidence (nearest passage {best:.2f})")
    return faults


def outline_from(plan: ProposedPlan, brief: Brief, size: PlanSize) -> Outline:
    """The outline of a plan that passed its checks: a block for each question."""
    body_words = round(brief.words * 0.86)
    sections = []
    for i, section in enumerate(plan.sections[: size.sections + 1], start=1):
        questions = list(dict.fromkeys(question.strip() for question in section.questions))[: size.blocks + 1]
        words = max(20, round(body_words / min(len(plan.sections), size.sections + 1) / len(questions)))
        blocks = tuple(
            AtomicBlock(
                id=block_id(i, j),
                question=question,
                queries=(question, f"{section.title} {subject_matter(brief.topic)}"),
                target_words=words,
                subject_ids=brief.subjects,
            )
            for j, question in enumerate(questions, start=1)
        )
        sections.append(SectionPlan(id=f"s{i:02d}", title=section.title.strip().rstrip("."), blocks=blocks))
    reason = "the model's plan passed its checks"
    return Outline(title=title_of(brief.topic), sections=tuple(sections), origin="model", reason=reason)


def propose(
    brief: Brief,
    alignment: Alignment,
    *,
    writer: ChatModel,
    searcher: Searcher,
    embedder: Embedder,
    seed: int,
) -> Outline | str:
    """The model's outline, or in words why it cannot be used. Errors of the endpoint itself are raised."""
    size = plan_size(brief.words)
    try:
        plan = ask_for_json(writer, _request(brief, alignment, writer, size, seed), ProposedPlan)
    except MalformedReply as error:
        return f"the model gave no plan: {error}"
    faults = faults_of(
        plan, subject_matter(brief.topic), size, searcher=searcher, embedder=embedder, doc_ids=brief.subjects
    )
    if faults:
        return "the model's plan failed its checks: " + "; ".join(faults[:4])
    return outline_from(plan, brief, size)
