"""A plan by a narrative schema: sections from its slots, as far as the corpus has evidence for them.

Works without a model; one that plans may fit titles and questions to the topic (`adapt.py`). Everything that the schema
wants and could not be had stands in the outline's reason.
"""

from collections.abc import Callable, Sequence

from agent.brief import title_of
from agent.counting import counted
from agent.frame import body_words
from agent.narrative.check import schema_violations
from agent.narrative.evidence import Evidence, FilledSlot, Lookup
from agent.narrative.fit import Fit, topic_phrase
from agent.narrative.questions import Asked, section_questions
from agent.plan import block_id
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder
from prompts.narrative import NarrativeSchema

_LEAST_WORDS = 70  # of a section on the average: three sentences
_BLOCK_WORDS = 105
_MIN_WORDS = 20


Adapt = Callable[[Sequence[FilledSlot], str], tuple[list[FilledSlot], str]]
"""Fits filled slots to the topic, and says in words what came of it."""


def as_patterns(filled: Sequence[FilledSlot], topic: str) -> tuple[list[FilledSlot], str]:
    """The slots as the schema has them."""
    return list(filled), ""


def schema_outline(brief: Brief, fit: Fit, lookup: Lookup, *, adapt: Adapt = as_patterns) -> Outline | str:
    """The outline by a schema, or in words why it cannot carry one: fewer than two of its slots have evidence."""
    topic = topic_phrase(brief, fit.form)
    filled, without = _filled(fit.schema, topic, lookup)
    n = len(fit.schema.slots)
    name = f"the schema {fit.name} ({fit.schema.code})"
    if len(filled) < 2:
        return f"{name} does not carry a report: {len(filled)} of its {n} slots have evidence: {'; '.join(without[:4])}"
    kept, crowded = _with_room(filled, fit.schema, _most_sections(brief, len(filled)))
    kept, adapted = adapt(kept, topic)
    outline = Outline(
        title=title_of(brief.topic),
        sections=_sections(kept, brief, topic, lookup.embedder),
        origin="schema",
        reason="",
        narrative=fit.name,
        opening=fit.schema.opening.question,
        ending=fit.schema.ending.question,
    )
    violations = schema_violations(outline, fit.schema)
    parts = [f"{name}: {fit.why}; {len(kept)} of {n} slots are filled", adapted]
    parts += [f"left out {fault}" for fault in (*without, *crowded)]
    parts += [f"not met: {'; '.join(violations)}"] if violations else []
    if brief.sections is not None and brief.sections != len(kept):
        parts.append(f"{counted(brief.sections, 'section')} asked for")
    return outline.model_copy(update={"reason": "; ".join(part for part in parts if part)})


def _filled(schema: NarrativeSchema, topic: str, lookup: Lookup) -> tuple[list[FilledSlot], list[str]]:
    """The slots that have evidence, in order, and what the others lack."""
    filled, without = [], []
    for slot in schema.slots:
        evidence = lookup.evidence(slot, slot.asked_of(topic))
        if isinstance(evidence, Evidence):
            filled.append(FilledSlot(slot, slot.titled_for(topic), evidence))
        else:
            without.append(f"“{slot.title}”{' (required)' if slot.required else ''}: no evidence, {evidence}")
    return filled, without


def _most_sections(brief: Brief, n_filled: int) -> int:
    room = brief.sections or max(1, round(body_words(brief.words) / _LEAST_WORDS))
    return min(room, n_filled)


def _with_room(filled: Sequence[FilledSlot], schema: NarrativeSchema, most: int) -> tuple[list[FilledSlot], list[str]]:
    """The `most` slots that matter most, in order: what is required, then tension and resolution, then by share."""
    turns = (schema.tension, schema.resolution)
    by_worth = sorted(filled, key=lambda f: (not f.slot.required, f.slot.key not in turns, -f.slot.share))
    kept = {entry.slot.key for entry in by_worth[:most]}
    crowded = [
        f"“{entry.title}”{' (required)' if entry.slot.required else ''}: no room"
        for entry in filled
        if entry.slot.key not in kept
    ]
    return [entry for entry in filled if entry.slot.key in kept], crowded


def _sections(kept: Sequence[FilledSlot], brief: Brief, topic: str, embedder: Embedder) -> tuple[SectionPlan, ...]:
    whole = sum(entry.slot.share for entry in kept)
    body = body_words(brief.words)
    lengths = [max(_MIN_WORDS, round(body * entry.slot.share / whole)) for entry in kept]
    rooms = [max(1, round(words / _BLOCK_WORDS)) for words in lengths]
    asked = section_questions(kept, rooms, topic, embedder)
    return tuple(
        SectionPlan(
            id=f"s{i:02d}",
            title=entry.title.strip().rstrip("."),
            blocks=_blocks(i, entry, own, brief, topic, words=words),
            slot=entry.slot.key,
        )
        for i, (entry, own, words) in enumerate(zip(kept, asked, lengths, strict=True), start=1)
    )


def _blocks(
    section: int, entry: FilledSlot, asked: Sequence[Asked], brief: Brief, topic: str, *, words: int
) -> tuple[AtomicBlock, ...]:
    """A block for each question that is asked; the slot's other questions are queries. The length is shared out."""
    questions = {one.question for one in asked}
    more = [question for question in entry.evidence.questions if question not in questions]
    share, rest = divmod(words, len(asked))
    return tuple(
        AtomicBlock(
            id=block_id(section, j),
            question=one.question,
            needs=one.needs,
            queries=(
                one.question if topic in one.question else f"{one.question}, {topic}",
                *more[j - 1 :: len(asked)],
                f"{topic}: {', '.join(one.needs or entry.slot.needs)}",
            ),
            target_words=max(_MIN_WORDS, share + (j <= rest)),
            subject_ids=brief.subjects,
        )
        for j, one in enumerate(asked, start=1)
    )
