"""Does an outline keep to its narrative schema? Order, required slots and shares, by code."""

from collections.abc import Sequence

from agent.types import Outline, SectionPlan
from prompts.narrative import NarrativeSchema

# Of the body, beside a third of the slot's own share: blocks are rounded, and a topic may want more of one slot.
_SHARE_TOLERANCE = 0.05
_SHARE_PART = 1 / 3


def schema_violations(outline: Outline, schema: NarrativeSchema) -> list[str]:
    """What an outline does against a schema, each in words; empty: nothing. Introduction and conclusion do not count,
    and rules and shares hold among the slots that are there."""
    sections = [section for section in outline.sections if section.kind == "section"]
    keys = [slot.key for slot in schema.slots]
    faults = [
        f"“{s.title}” fills {s.slot or 'no slot'}, which is none of {schema.code}"
        for s in sections
        if s.slot not in keys
    ]
    order = [section.slot for section in sections if section.slot in keys]
    faults += [
        f"{key} is filled by {order.count(key)} sections" for key in dict.fromkeys(order) if order.count(key) > 1
    ]
    faults += [
        f"{slot.key} (“{slot.title}”) is required and missing"
        for slot in schema.slots
        if slot.required and slot.key not in order
    ]
    faults += [f"the order breaks “{rule}”" for rule in schema.order if not rule.holds(list(dict.fromkeys(order)))]
    return faults + _share_faults(sections, schema)


def _share_faults(sections: Sequence[SectionPlan], schema: NarrativeSchema) -> list[str]:
    words: dict[str, int] = {}
    for section in sections:
        words[section.slot] = words.get(section.slot, 0) + sum(block.target_words for block in section.blocks)
    slots = [slot for slot in schema.slots if slot.key in words]
    total = sum(words[slot.key] for slot in slots)
    whole = sum(slot.share for slot in slots)
    faults = []
    for slot in slots:
        wanted, has = slot.share / whole, words[slot.key] / max(1, total)
        if abs(has - wanted) > _SHARE_TOLERANCE + _SHARE_PART * wanted:
            faults.append(f"{slot.key} has {has:.0%} of the length where {wanted:.0%} are meant")
    return faults
