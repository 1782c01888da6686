import pytest

from agent.narrative.check import schema_violations
from agent.types import AtomicBlock, Outline, SectionPlan
from prompts.narrative import load_schema

SCHEMA = load_schema("event-reconstruction")
LENGTHS = {slot.key: round(1_000 * slot.share) for slot in SCHEMA.slots}


def outline(*slots, kinds=(), **words):
    sections = tuple(
        SectionPlan(
            id=f"s{i:02d}",
            title=slot.title() or "Of nothing",
            blocks=(
                AtomicBlock(id=f"s{i:02d}b01", question="?", target_words=words.get(slot) or LENGTHS.get(slot, 100)),
            ),
            slot=slot,
        )
        for i, slot in enumerate(slots, start=1)
    )
    frame = tuple(SectionPlan(id=kind, title=kind, blocks=(), kind=kind) for kind in kinds)
    return Outline(title="T", sections=frame + sections, origin="schema", reason="", narrative="event-reconstruction")


def violations(*slots, **options):
    return schema_violations(outline(*slots, **options), SCHEMA)


def test_all_slots_in_order_break_nothing():
    assert violations(*LENGTHS) == []
    assert violations(*LENGTHS, kinds=("introduction",)) == []


def test_an_optional_slot_may_be_missing():
    assert violations("moment", "course", "aftermath") == []


@pytest.mark.parametrize(
    ("slots", "fault"),
    [
        (("moment", "signs", "aftermath"), "course (“How it unfolded”) is required and missing"),
        (("course", "moment", "aftermath"), "the order breaks “moment first”"),
        (("moment", "course", "signs", "aftermath"), "the order breaks “signs before course”"),
        (("moment", "aftermath", "course"), "the order breaks “aftermath last”"),
        (("moment", "course", "course", "aftermath"), "course is filled by 2 sections"),
        (("moment", "course", "epilogue", "aftermath"), "“Epilogue” fills epilogue, which is none of EVENT"),
        (("moment", "course", "", "aftermath"), "“Of nothing” fills no slot, which is none of EVENT"),
    ],
)
def test_each_violation_is_said(slots, fault):
    assert fault in violations(*slots)


def test_shares_far_from_the_schemas_are_a_violation_and_near_ones_are_not():
    assert violations(*LENGTHS, toll=140) == []
    (fault,) = violations(*LENGTHS, toll=320)
    assert fault.startswith("toll has 26% of the length where 10% are meant")
