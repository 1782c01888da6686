"""Which blocks must be told before others: by the rules of a schema, because one judges what others tell, or in time.

Only what stands earlier in the outline is depended on: an order that a rule would break was somebody's choice.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from agent.errors import PlanBroken
from agent.types import Outline, SectionPlan
from prompts.narrative import NarrativeSchema, load_schema

# Heads of sections that weigh what others tell; "the reform of 1990" within a longer heading is a thing told of.
_JUDGES = re.compile(
    r"^(?:the |its |their )?(?:conclusions?|reforms?|verdicts?|judge?ments?|lessons?(?: learn(?:ed|t))?|"
    r"recommendations?|outcomes?|aftermath|consequences|assessment|evaluation|what followed|"
    r"what was learn(?:ed|t))\b[^:]{0,24}$",
    re.IGNORECASE,
)


def with_dependencies(outline: Outline) -> Outline:
    """The outline whose blocks say which others are told before them. Where a plan says it of its sections' blocks,
    they stay as they are; a conclusion depends on all that no section builds on."""
    sections = [section for section in outline.sections if section.kind == "section"]
    if not any(block.depends_on for section in sections for block in section.blocks):
        outline = _depending(outline, _direct(_before(sections, outline.narrative)))
    return _depending(outline, {section.id: _loose(outline) for section in outline.sections if _concludes(section)})


def one_after_another(outline: Outline) -> Outline:
    """The outline whose sections are told in the order of time, each behind the one before it."""
    ids = [section.id for section in outline.sections if section.kind == "section"]
    return _depending(outline, {later: [earlier] for earlier, later in pairwise(ids)})


def way_of_telling(outline: Outline) -> Literal["", "time", "own"]:
    """What the dependencies of its sections come from: rules that find them again, the order of time, or neither."""
    bare = _without(outline)
    if _of_sections(outline) in (_of_sections(bare), _of_sections(with_dependencies(bare))):
        return ""
    return "time" if _of_sections(outline) == _of_sections(one_after_another(bare)) else "own"


def _of_sections(outline: Outline) -> list[tuple[str, ...]]:
    return [block.depends_on for one in outline.sections if one.kind == "section" for block in one.blocks]


def _without(outline: Outline) -> Outline:
    sections = tuple(
        section.model_copy(
            update={"blocks": tuple(block.model_copy(update={"depends_on": ()}) for block in section.blocks)}
        )
        for section in outline.sections
    )
    return outline.model_copy(update={"sections": sections})


def require_told_in_order(outline: Outline) -> None:
    """Raises PlanBroken where a block depends on none of the outline, or on one that is told after it."""
    told: set[str] = set()
    for section in outline.sections:
        for block in section.blocks:
            if missing := set(block.depends_on) - told:
                raise PlanBroken(f"block {block.id} depends on {', '.join(sorted(missing))}, not told before it")
            told.add(block.id)


def told_before(outline: Outline, block_id: str, *, most: int = 4) -> tuple[str, ...]:
    """What a block depends on, for its writer: heading and question of each, the last told of them."""
    blocks = {block.id: (section, block) for section in outline.sections for block in section.blocks}
    depends_on = blocks[block_id][1].depends_on
    before = [(section.title, block.question) for id_, (section, block) in blocks.items() if id_ in depends_on]
    return tuple(f"“{title}”: {question}" for title, question in before[-most:])


def _concludes(section: SectionPlan) -> bool:
    return section.kind == "conclusion"


def _before(sections: Sequence[SectionPlan], narrative: str) -> dict[str, set[str]]:
    """For each section the earlier ones that it must come after."""
    schema = load_schema(narrative) if narrative else None
    before: dict[str, set[str]] = {}
    for i, section in enumerate(sections):
        earlier = sections[:i]
        if schema is not None and section.slot:
            before[section.id] = {other.id for other in earlier if _comes_before(other.slot, section.slot, schema)}
        else:
            before[section.id] = {other.id for other in earlier if _JUDGES.match(section.title)}
    return before


def _comes_before(slot: str, other: str, schema: NarrativeSchema) -> bool:
    """Whether the schema wants one slot told before another: by a rule of order, or as tension and resolution."""
    return (slot, other) == (schema.tension, schema.resolution) or any(
        (rule.kind == "before" and rule.slots == (slot, other))
        or (rule.kind == "first" and rule.slots[0] == slot)
        or (rule.kind == "last" and rule.slots[0] == other)
        for rule in schema.order
    )


def _direct(before: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Without what follows from the rest: who comes after the second need not be told of the first."""
    ids = list(before)
    reach = np.array([[other in before[one] for other in ids] for one in ids], dtype=bool)
    for middle in range(len(ids)):
        reach |= np.outer(reach[:, middle], reach[middle])
    return {
        one: [
            other
            for j, other in enumerate(ids)
            if other in before[one] and not any(reach[i, k] and reach[k, j] for k in range(len(ids)))
        ]
        for i, one in enumerate(ids)
    }


def _loose(outline: Outline) -> list[str]:
    """The sections that no other section's block depends on."""
    sections = [section for section in outline.sections if section.kind == "section"]
    needed = {id_ for section in sections for block in section.blocks for id_ in block.depends_on}
    return [section.id for section in sections if not needed & {block.id for block in section.blocks}]


def _depending(outline: Outline, on: Mapping[str, Collection[str]]) -> Outline:
    """The outline in which each block of a section depends on all blocks of those that `on` names for it."""
    blocks = {section.id: [block.id for block in section.blocks] for section in outline.sections}
    sections = []
    for section in outline.sections:
        ids = [id_ for other in blocks if other in on.get(section.id, ()) for id_ in blocks[other]]
        own = tuple(
            block.model_copy(update={"depends_on": tuple(dict.fromkeys((*block.depends_on, *ids)))})
            for block in section.blocks
        )
        sections.append(section.model_copy(update={"blocks": own}))
    return outline.model_copy(update={"sections": tuple(sections)})
