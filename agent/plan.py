"""Planning: sections and atomic blocks, by the model where its plan holds, by rule where it does not.

A plan is checked before it is believed: sections distinct, on topic, each with evidence in the corpus. What the checks
find wrong is the reason that the outline carries.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field, field_validator

from agent.brief import subject_matter, title_of
from agent.frame import body_words
from agent.headings import cleaned_headings, names_a_part
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder, FloatArray
from lm.errors import MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from prompts.aspects import sense_of
from prompts.fit import fit_lines
from prompts.instructions import is_task, looks_like_instruction, oversteps, steers
from prompts.templates import render
from retrieval.search import Searcher
from retrieval.types import Hit

MAX_TITLE_LIKENESS = 0.82
MIN_EVIDENCE_LIKENESS = 0.40
# Of what was found to a heading alone. Of 76 headings of articles their own text has 92 % at this, text under 144
# headings of other articles 35 % (`docs/log.md`); how near the heading is to the topic tells hardly anything.
_MIN_HEADING_LIKENESS = 0.15
_MIN_GAP_LIKENESS = 0.3  # of a missing thing to a block's question; farther off it is the model's fancy
MAX_MISSING, _MAX_MISSING_CHARS = 4, 120
_PASSAGES = 10
_MAX_TITLE_WORDS = 10  # eight are asked for; a longer one states something
MIN_SOUND_SHARE = 0.6  # of the sections asked for; with fewer left the plan is not the model's any more


class PlannedSection(Frozen):
    """A section as the model proposes it. The schema keeps this order: a title written after its questions is an
    afterthought."""

    title: str = Field(min_length=3, max_length=90)
    questions: list[str] = Field(min_length=1, max_length=4)


class ProposedPlan(Frozen):
    """A plan as the model proposes it: what it misses in its notes comes first, so that the plan may heed it."""

    missing: list[str] = Field(default=[])
    sections: list[PlannedSection] = Field(min_length=1, max_length=20)

    @field_validator("missing", mode="before")
    @classmethod
    def _readable(cls, value: object) -> list[str]:
        """What is beside the plan must not cost the plan: of anything but a list of texts nothing is missing."""
        listed = value if isinstance(value, list) else []
        return [item for item in listed if isinstance(item, str)][:MAX_MISSING]


@dataclass(frozen=True)
class PlanSize:
    """How many sections a length has room for, and how many blocks each."""

    sections: int
    blocks: int
    words_per_block: int


def plan_size(words: int, sections: int | None = None) -> PlanSize:
    """`sections` where given, else sections of about 200 words; blocks of about 100."""
    body = body_words(words)
    sections = sections or max(1, min(12, round(body / 190)))
    blocks = max(1, round(body / sections / 105))
    return PlanSize(sections, blocks, max(20, round(body / (sections * blocks))))


def block_id(section: int, block: int) -> str:
    """Ids are positions: the same plan has the same ids in every run."""
    return f"s{section:02d}b{block:02d}"


def _request(brief: Brief, found: Sequence[Hit], writer: ChatModel, size: PlanSize, seed: int) -> ChatRequest:
    schema = ProposedPlan.model_json_schema()
    schema["properties"]["missing"]["maxItems"] = MAX_MISSING
    schema["properties"]["missing"]["items"] |= {"maxLength": _MAX_MISSING_CHARS}
    schema["required"] = ["missing", "sections"]
    schema["properties"]["sections"] |= {"minItems": size.sections, "maxItems": size.sections}
    schema["$defs"]["PlannedSection"]["properties"]["questions"] |= {"minItems": 1, "maxItems": size.blocks}
    max_tokens = 120 + 40 * MAX_MISSING + (30 + 30 * size.blocks) * size.sections
    excerpts = [(hit.title, " ".join(hit.passage.text.split())[:280]) for hit in found[:24]]
    # What speaks to a machine is no evidence, and has no say in the plan.
    lines = [f"- ({title}) {text}" for title, text in excerpts if not looks_like_instruction(f"{title} {text}")]
    room = writer.context_tokens - max_tokens - 400
    notes = fit_lines(lines, max_tokens=min(room, 1_500), count_tokens=writer.count_tokens)
    messages = render(
        "plan",
        topic=brief.topic,
        notes="\n".join(notes),
        sections=str(size.sections),
        questions=str(size.blocks),
        missing=str(MAX_MISSING),
    )
    json_schema = JsonSchema(name="plan", schema_text=json.dumps(schema))
    return ChatRequest(messages=messages, max_tokens=max_tokens, temperature=0.0, seed=seed, json_schema=json_schema)


def sound_sections(
    plan: ProposedPlan,
    *,
    searcher: Searcher,
    embedder: Embedder,
    doc_ids: Sequence[str],
) -> tuple[list[PlannedSection], list[str]]:
    """The proposed sections that can be kept, their headings cleaned, and what is wrong with each of the others: no
    heading, like one before it, asking only what was asked, or without evidence in the corpus."""
    kept: list[PlannedSection] = []
    kept_vectors: list[FloatArray] = []
    faults = []
    titles = cleaned_headings([proposed.title for proposed in plan.sections])
    for proposed, title in zip(plan.sections, titles, strict=True):
        if steers(title) or len(title.split()) > _MAX_TITLE_WORDS:
            faults.append("a heading is a sentence, or would steer its reader")
            continue
        if not names_a_part(title):
            faults.append(f"“{proposed.title}” names no part of a topic")
            continue
        section = _without_asked(proposed.model_copy(update={"title": title}), kept)
        vector = embedder.encode([section.title])[0]
        likeness = [float(vector @ other) for other in kept_vectors]
        nearest = max(range(len(kept)), key=likeness.__getitem__, default=0)
        if likeness and likeness[nearest] > MAX_TITLE_LIKENESS:
            faults.append(f"“{section.title}” and “{kept[nearest].title}” are alike ({likeness[nearest]:.2f})")
        elif not section.questions:
            faults.append(f"“{section.title}” asks only what another section asks")
        elif lack := lacking(
            section.title, section.questions[0], searcher=searcher, embedder=embedder, doc_ids=doc_ids
        ):
            faults.append(f"“{section.title}” has no evidence: {lack}")
        else:
            kept.append(section)
            kept_vectors.append(vector)
    return kept, faults


def _without_asked(section: PlannedSection, earlier: Sequence[PlannedSection]) -> PlannedSection:
    asked = {question.casefold() for other in earlier for question in other.questions}
    own = dict.fromkeys(question.strip() for question in section.questions)
    questions = [question for question in own if question.casefold() not in asked and _is_asked(question)]
    return section.model_copy(update={"questions": questions})


def lacking(heading: str, asked: str, *, searcher: Searcher, embedder: Embedder, doc_ids: Sequence[str]) -> str:
    """What evidence a heading lacks for what is asked under it (a question, or the topic); empty: nothing.

    What is found must be near to both together, and near to the heading alone, or to what is usually told
    under such a name: "Aftermath" alone is near to no topic, and beside it to whatever is on it.
    """
    query = f"{heading}: {asked}"
    hits = searcher.search_passages(query, _PASSAGES, doc_ids=doc_ids or None)
    texts = [query, heading, *filter(None, [sense_of(heading)])]
    vectors = embedder.encode([*texts, *(f"{hit.title}. {hit.passage.text}" for hit in hits)])
    likeness = vectors[len(texts) :] @ vectors[: len(texts)].T
    nearest = float(likeness[:, 0].max(initial=0.0))
    if nearest < MIN_EVIDENCE_LIKENESS:
        return f"the nearest passage has {nearest:.2f}"
    on_heading = float(likeness[:, 1:].max(initial=0.0))
    if on_heading < _MIN_HEADING_LIKENESS:
        return f"what was found is on the topic, but not on this ({on_heading:.2f})"
    return ""


def outline_from(planned: Sequence[PlannedSection], brief: Brief, size: PlanSize, reason: str) -> Outline:
    """The outline of sections that passed their checks: a block for each question."""
    body = body_words(brief.words)
    planned = planned[: size.sections + 1]
    sections = []
    for i, section in enumerate(planned, start=1):
        questions = section.questions[: size.blocks + 1]
        words = max(20, round(body / len(planned) / len(questions)))
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
    return Outline(title=title_of(brief.topic), sections=tuple(sections), origin="model", reason=reason)


def propose(
    brief: Brief,
    found: Sequence[Hit],
    *,
    writer: ChatModel,
    searcher: Searcher,
    embedder: Embedder,
    seed: int,
) -> Outline | str:
    """The model's outline, or in words why it cannot be used. Errors of the endpoint itself are raised."""
    size = plan_size(brief.words, brief.sections)
    try:
        plan = ask_for_json(writer, _request(brief, found, writer, size, seed), ProposedPlan)
    except MalformedReply as error:
        return f"the model gave no plan: {error}"
    kept, faults = sound_sections(plan, searcher=searcher, embedder=embedder, doc_ids=brief.subjects)
    if len(kept) < max(2, math.ceil(MIN_SOUND_SHARE * size.sections)):
        wrong = "; ".join(faults[:4]) or "too few sections"
        return f"the model's plan failed its checks: {len(kept)} of {size.sections} sections can be used: {wrong}"
    reason = "the model's plan passed its checks" + (f", without {len(faults)}: {faults[0]}" if faults else "")
    return with_missing(outline_from(kept, brief, size, reason), plan.missing, embedder)


def with_missing(outline: Outline, missing: Sequence[str], embedder: Embedder) -> Outline:
    """The outline with what the first look lacked as a further query of the block whose question is nearest to it."""
    gaps = list(dict.fromkeys(" ".join(gap.split())[:_MAX_MISSING_CHARS] for gap in missing if _is_query(gap)))
    if not gaps:
        return outline
    found = with_queries(outline, gaps, embedder, least=_MIN_GAP_LIKENESS)
    return found.model_copy(update={"missing": tuple(gaps)}) if any(one.blocks for one in outline.sections) else outline


def _is_asked(question: str) -> bool:
    """Whether it asks; what a model states in a question's place may be anything, and would steer all that is read."""
    return not oversteps(question) and (not question.endswith((".", "!")) or is_task(question))


def _is_query(gap: str) -> bool:
    """Whether it can be searched for and shown: a report says nothing in a model's own words that no source bears."""
    return bool(gap.strip()) and not oversteps(gap) and not gap.rstrip().endswith((".", "!"))


def with_queries(outline: Outline, queries: Sequence[str], embedder: Embedder, *, least: float) -> Outline:
    """The outline with each query added to the block whose question is nearest to it, if it is at least so near."""
    blocks = [block for section in outline.sections for block in section.blocks]
    if not queries or not blocks:
        return outline
    vectors = embedder.encode([*queries, *(block.question for block in blocks)])
    likeness = vectors[: len(queries)] @ vectors[len(queries) :].T
    extra: dict[str, list[str]] = {block.id: [] for block in blocks}
    for query, row in zip(queries, likeness, strict=True):
        if float(row.max()) >= least:
            extra[blocks[int(row.argmax())].id].append(query)
    sections = tuple(
        section.model_copy(
            update={
                "blocks": tuple(
                    block.model_copy(update={"queries": (*block.queries, *extra[block.id])}) for block in section.blocks
                )
            }
        )
        for section in outline.sections
    )
    return outline.model_copy(update={"sections": sections})
