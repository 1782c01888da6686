import pytest

from agent.frame import body_words
from agent.narrative.check import schema_violations
from agent.narrative.fit import named_fit
from agent.types import Outline
from prompts.narrative import load_schema, schema_names
from tests.agent.narrative.scripted import PLAIN, brief, outline_by


def with_slots(name, **changes):
    """A fit whose schema has some of its slots changed, by key."""
    fit = named_fit(name, PLAIN)
    slots = tuple(slot.model_copy(update=changes.get(slot.key, {})) for slot in fit.schema.slots)
    return type(fit)(fit.name, fit.schema.model_copy(update={"slots": slots}), fit.score, fit.why)


GLUONS = {"questions": ("Do zzgrok gluons quuxly {topic}?",), "evidence": "zzgrok quuxly"}


def words_of(section):
    return sum(block.target_words for block in section.blocks)


def test_sections_are_the_slots_in_their_order(affair):
    outline = outline_by(affair)
    assert (outline.origin, outline.narrative) == ("schema", "event-reconstruction")
    keys = [slot.key for slot in load_schema("event-reconstruction").slots]
    assert [section.slot for section in outline.sections] == [
        k for k in keys if k in {s.slot for s in outline.sections}
    ]
    assert len(outline.sections) >= 4
    assert outline.reason.startswith("the schema event-reconstruction (EVENT): it was asked for; ")
    assert outline.opening == load_schema("event-reconstruction").opening.question


@pytest.mark.parametrize("name", schema_names())
@pytest.mark.parametrize("words", [200, 800, 3_000])
def test_every_schema_plans_the_affair_or_says_why_not(affair, name, words):
    outline = outline_by(affair, name, words=words)
    if isinstance(outline, str):
        assert "slots have evidence" in outline
        return
    schema = load_schema(name)
    missing = [fault for fault in schema_violations(outline, schema) if not fault.endswith("is required and missing")]
    assert missing == []
    body = body_words(words)
    assert sum(words_of(section) for section in outline.sections) == pytest.approx(body, rel=0.05)
    ids = [block.id for section in outline.sections for block in section.blocks]
    assert len(ids) == len(set(ids))


def test_a_slot_without_evidence_is_left_out_and_a_required_one_is_told_as_not_met(affair):
    outline = outline_by(affair, fit=with_slots("event-reconstruction", toll=GLUONS, course=GLUONS))
    assert {"toll", "course"}.isdisjoint(section.slot for section in outline.sections)
    assert "left out “What it cost”: no evidence" in outline.reason
    assert "left out “How it unfolded” (required): no evidence" in outline.reason
    assert "not met: course (“How it unfolded”) is required and missing" in outline.reason


def test_a_schema_with_evidence_for_one_slot_carries_no_report(affair):
    keys = [slot.key for slot in load_schema("event-reconstruction").slots]
    refused = outline_by(affair, fit=with_slots("event-reconstruction", **dict.fromkeys(keys[1:], GLUONS)))
    assert refused.startswith("the schema event-reconstruction (EVENT) does not carry a report: 1 of its 6 slots have")


def test_a_short_report_keeps_what_is_required_and_says_what_had_no_room(affair):
    outline = outline_by(affair, words=210)
    assert [section.slot for section in outline.sections] == ["moment", "course", "aftermath"]
    assert "“Signs that were there”: no room" in outline.reason
    assert schema_violations(outline, load_schema("event-reconstruction")) == []


def test_the_number_of_sections_that_was_asked_for_is_kept_or_told(affair):
    assert len(outline_by(affair, sections=4).sections) == 4
    assert outline_by(affair, sections=9).reason.endswith("9 sections asked for")


def test_lengths_follow_the_shares(affair):
    outline = outline_by(affair, words=2_000)
    schema = load_schema("event-reconstruction")
    whole = sum(schema.slot(section.slot).share for section in outline.sections)
    for section in outline.sections:
        meant = body_words(2_000) * schema.slot(section.slot).share / whole
        assert words_of(section) == pytest.approx(meant, rel=0.1)


def test_questions_without_room_for_a_block_become_queries(affair):
    short, long = outline_by(affair, words=400), outline_by(affair, words=2_000)
    course = {s.slot: s for s in short.sections}["course"]
    assert len(course.blocks) == 1
    first, second = load_schema("event-reconstruction").slot("course").asked_of("the failure of the Brenholt cableway")
    assert course.blocks[0].question == first
    assert second in course.blocks[0].queries
    blocks = {s.slot: s for s in long.sections}["course"].blocks
    assert len(blocks) > 1
    assert any(second in (block.question, *block.queries) for block in blocks)


def test_questions_are_asked_of_the_topic_and_the_named_documents(affair):
    outline = outline_by(affair, subjects=("night.md", "court.md"), doc_ids=("night.md", "court.md"))
    blocks = [block for section in outline.sections for block in section.blocks]
    assert all("the failure of the Brenholt cableway" in block.question for block in blocks)
    assert {block.subject_ids for block in blocks} == {("night.md", "court.md")}


def test_the_same_request_has_the_same_outline(affair):
    first, second = outline_by(affair), outline_by(affair)
    assert isinstance(first, Outline)
    assert first == second
    assert brief() == brief()
