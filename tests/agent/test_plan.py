import json

import pytest

from agent.align import align
from agent.brief import preview
from agent.plan import (
    PlannedSection,
    PlanSize,
    ProposedPlan,
    block_id,
    outline_from,
    plan_size,
    propose,
    sound_sections,
)
from agent.types import Outline
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC

# Titles and questions in the corpus's own words: with bags of words nothing else is near.
GOOD = {
    "sections": [
        {
            "title": "Technical causes of the cableway failure",
            "questions": ["Which technical causes of the failure of the Brenholt cableway were soft springs?"],
        },
        {
            "title": "Ignored warnings and the money",
            "questions": ["Which warnings to the Hallin Transit Office by the inspector Jonas Reke were ignored?"],
        },
    ]
}
SIZE = PlanSize(sections=2, blocks=1, words_per_block=80)


def brief(words=400):
    return preview(TOPIC, words=words, default_words=1200, documents=[])


def sound(plan, place):
    return sound_sections(
        ProposedPlan.model_validate(plan), searcher=place.searcher, embedder=place.embedder, doc_ids=()
    )


def faults(plan, place):
    return sound(plan, place)[1]


def with_title(title, question="Which warnings of Jonas Reke and Mira Tolland were ignored?"):
    return {"sections": [GOOD["sections"][0], {"title": title, "questions": [question]}]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [(50, PlanSize(1, 1, 50)), (200, PlanSize(1, 2, 100)), (1200, PlanSize(5, 2, 103)), (10_000, PlanSize(12, 7, 102))],
)
def test_sections_have_about_200_words_and_blocks_about_100(words, expected):
    assert plan_size(words) == expected


@pytest.mark.parametrize("words", range(50, 10_001, 199))
def test_the_blocks_of_a_plan_make_up_its_body(words):
    size = plan_size(words)
    body = words if words < 300 else 0.86 * words  # short reports have no introduction and no conclusion
    assert size.sections * size.blocks * size.words_per_block == pytest.approx(body, rel=0.02, abs=1)


def test_block_ids_are_positions():
    assert block_id(3, 12) == "s03b12"


def test_a_good_plan_has_no_faults(affair):
    assert faults(GOOD, affair) == []


def test_sections_that_are_alike_are_a_fault(affair):
    (fault,) = faults(with_title("Technical causes of the cableway failure!"), affair)
    assert "are alike (1.00)" in fault


QUESTION = GOOD["sections"][1]["questions"][0]


def test_a_heading_of_which_the_found_passages_say_nothing_is_a_fault(affair):
    (fault,) = faults(with_title("Marsupials", QUESTION), affair)
    assert "what was found is on the topic, but not on this" in fault


def test_a_heading_far_from_the_topic_stands_where_the_corpus_tells_of_it(affair):
    assert faults(with_title("Hallin inspector", QUESTION), affair) == []


def test_headings_are_cleaned_before_they_are_checked(affair):
    kept, found = sound(with_title("Section 2 - “Ignored warnings and the money”:"), affair)
    assert ([section.title for section in kept][1], found) == ("Ignored warnings and the money", [])


def test_a_label_for_a_heading_is_a_fault(affair):
    assert faults(with_title("Section 2:"), affair) == ["“Section 2:” names no part of a topic"]


def test_a_section_without_evidence_is_a_fault(affair):
    plan = with_title("Money and warnings", "Gluons hadronise quarks lattices chromodynamics perturbatively?")
    assert any("has no evidence" in fault for fault in faults(plan, affair))


def test_a_section_that_asks_what_another_asked_is_a_fault(affair):
    (fault,) = faults(with_title("Ignored warnings and the money", GOOD["sections"][0]["questions"][0]), affair)
    assert fault == "“Ignored warnings and the money” asks only what another section asks"


def test_sections_without_fault_are_kept_when_others_are_not(affair):
    kept, found = sound(with_title("Pirate treasure"), affair)
    assert ([section.title for section in kept], len(found)) == ([GOOD["sections"][0]["title"]], 1)


def test_an_outline_has_a_block_for_each_question_and_shares_the_words():
    planned = [
        PlannedSection(title="Causes.", questions=["Why?", "How?"]),
        PlannedSection(title="Money", questions=["Where did it go?"]),
    ]
    outline = outline_from(planned, brief(400), PlanSize(2, 2, 86), "why")
    assert [section.title for section in outline.sections] == ["Causes", "Money"]
    found = [(b.id, b.question, b.target_words) for section in outline.sections for b in section.blocks]
    # 344 words of body: half for each section, halved again between the two questions of the first.
    assert found == [("s01b01", "Why?", 86), ("s01b02", "How?", 86), ("s02b01", "Where did it go?", 172)]


def test_a_plan_longer_than_asked_is_cut():
    sections = [PlannedSection(title=f"Part {i}", questions=["Why?"]) for i in range(9)]
    assert len(outline_from(sections, brief(), PlanSize(4, 1, 86), "why").sections) == 5


def test_the_schema_asks_for_the_title_before_the_questions(affair):
    writer = ScriptedLM([json.dumps(GOOD)])
    proposed(affair, writer)
    schema = json.loads(writer.requests[0].json_schema.schema_text)
    assert list(schema["$defs"]["PlannedSection"]["properties"]) == ["title", "questions"]


def proposed(affair, writer):
    found = align(TOPIC, affair.searcher, affair.embedder, k=20)
    return propose(brief(), found.hits, writer=writer, searcher=affair.searcher, embedder=affair.embedder, seed=1)


def test_the_models_plan_is_taken_when_it_passes(affair):
    outline = proposed(affair, ScriptedLM([json.dumps(GOOD)]))
    assert isinstance(outline, Outline)
    assert outline.origin == "model"


def test_what_the_first_look_lacks_becomes_a_query_of_the_nearest_block(affair):
    lacking = ["warnings by the inspector Jonas Reke", "gluons hadronise quarks", "  "]
    outline = proposed(affair, ScriptedLM([json.dumps({"missing": lacking, **GOOD})]))
    causes, warnings = (section.blocks[0] for section in outline.sections)
    assert lacking[0] in warnings.queries
    assert lacking[0] not in causes.queries
    assert not any("gluons" in query for block in (causes, warnings) for query in block.queries)
    assert outline.missing == tuple(lacking[:2])


@pytest.mark.parametrize("missing", [None, "none", ["a query"] * 9, [1, {"a": 2}]])
def test_what_is_missing_never_costs_the_plan(affair, missing):
    writer = ScriptedLM([json.dumps({"missing": missing, **GOOD})])
    assert proposed(affair, writer).origin == "model"
    assert len(writer.requests) == 1


def test_the_schema_asks_for_what_is_missing_before_the_plan(affair):
    writer = ScriptedLM([json.dumps(GOOD)])
    proposed(affair, writer)
    schema = json.loads(writer.requests[0].json_schema.schema_text)
    assert list(schema["properties"]) == ["missing", "sections"] == schema["required"]
    assert schema["properties"]["missing"]["maxItems"] == 4


def test_a_plan_that_fails_its_checks_says_why(affair):
    reason = proposed(affair, ScriptedLM([json.dumps(with_title("Pirate treasure"))]))
    assert reason.startswith(
        "the model's plan failed its checks: 1 of 2 sections can be used: “Pirate treasure” has no evidence"
    )


def test_a_model_without_a_plan_is_asked_three_times_and_no_more(affair):
    writer = ScriptedLM(lambda request: "Sure! Here is a plan.")
    assert proposed(affair, writer).startswith("the model gave no plan")
    assert len(writer.requests) == 3


def test_the_request_fits_a_small_window(affair):
    writer = ScriptedLM([json.dumps(GOOD)], context_tokens=1500)
    proposed(affair, writer)
    assert len(writer.requests) == 1
