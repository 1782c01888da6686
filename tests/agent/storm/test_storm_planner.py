"""Whole plans by interviews, and runs by them: what of them becomes blocks, and what stands in where they fail."""

import json
from pathlib import Path

import pytest

from agent.brief import preview
from agent.craft_plan import make_alignment, make_brief, make_outline
from agent.craft_storm import make_storm_plan, wants_storm
from agent.frame import body_words
from agent.home import Home
from agent.ledger import Ledger
from agent.past_runs import manifest_of, settings_of, spent_before
from agent.run import resume, start
from agent.settings import WriteSettings
from agent.storm.records import Conversations
from agent.types import Outline
from lm.errors import BudgetExceeded, EndpointUnreachable
from lm.scripted import ScriptedLM
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful, kind_of
from tests.agent.storm.scripted_talk import HEADINGS, QUESTIONS, TOPIC, Talker, asks, quoting

LENGTH = 1200
FREE = json.dumps(
    {
        "missing": [],
        "sections": [
            {"title": f"{heading} of the Brenholt cableway", "questions": [question]}
            for heading, question in zip(HEADINGS, QUESTIONS, strict=False)
        ],
    }
)
SHORT = {"planner": "storm", "storm_perspectives": 1, "storm_turns": 3, "words": LENGTH}


def planned(make_context, writer, *, words=LENGTH, **asked):
    """The outline of a plan by interviews, its conversations, and the budgets that were reached."""
    context = make_context(writer, **SHORT)
    brief = preview(TOPIC, words=words, default_words=LENGTH, documents=[]).model_copy(update=asked)
    found = context.searcher.search_passages(TOPIC, 20)
    outline, stops = make_storm_plan(brief, found, context)
    return outline, context.store.get_model(outline.conversations, Conversations), stops


def blocks_of(outline):
    return [block for section in outline.sections for block in section.blocks]


def test_the_questions_that_were_answered_become_blocks_under_the_refined_headings(make_context):
    outline, talks, stops = planned(make_context, ScriptedLM(Talker()))
    assert (outline.origin, stops) == ("storm", [])
    assert [section.title for section in outline.sections] == list(HEADINGS)
    asked = {query for block in blocks_of(outline) for query in block.queries}
    assert set(QUESTIONS) <= asked
    by_title = {section.title: section.blocks[0].question for section in outline.sections}
    assert by_title["Payments to Harrow Consult"] == QUESTIONS[2]
    assert talks.conversations[0].perspective.name == "basic facts"


def test_a_plan_has_the_properties_of_every_planners(make_context):
    outline, talks, _ = planned(make_context, ScriptedLM(Talker()))
    blocks = blocks_of(outline)
    assert [block.id for block in blocks] == list(dict.fromkeys(block.id for block in blocks))
    assert all(block.question in block.queries for block in blocks)
    assert sum(block.target_words for block in blocks) == body_words(LENGTH)
    assert {placed.block for placed in talks.placed} <= {block.id for block in blocks}


@pytest.mark.parametrize(("words", "sections", "n"), [(120, None, 2), (600, None, 3), (600, 1, 1), (1200, 4, 4)])
def test_as_many_sections_as_the_length_or_the_user_wants(make_context, words, sections, n):
    outline, _, _ = planned(make_context, ScriptedLM(Talker()), words=words, sections=sections)
    assert (outline.origin, len(outline.sections)) == ("storm", n)
    assert sum(block.target_words for block in blocks_of(outline)) == body_words(words)


def test_blocks_are_about_the_documents_that_the_topic_names(make_context):
    subjects = ("money.md", "court.md", "technical.md", "reforms.md")
    outline, talks, _ = planned(make_context, ScriptedLM(Talker()), subjects=subjects)
    assert {block.subject_ids for block in blocks_of(outline)} == {subjects}
    told = {key[0] for turn in talks.turns for sentence in turn.sentences for key in sentence.quoted}
    assert told <= set(subjects)


def test_no_question_and_no_passage_is_in_two_blocks(make_context):
    _, talks, _ = planned(make_context, ScriptedLM(Talker()))
    for kind in ("questions", "passages"):
        placed = [one for block in talks.placed for one in getattr(block, kind)]
        assert placed
        assert len(placed) == len(set(placed))


def test_calls_are_counted_and_capped(make_context):
    writer = ScriptedLM(Talker())
    _, talks, _ = planned(make_context, writer)
    # Two conversations of three turns, two calls each, and two for the headings.
    assert (talks.calls, len(writer.requests)) == (14, 14)
    assert all(request.max_tokens <= 110 for request in writer.requests)
    assert talks.tokens > 0


def test_the_first_layout_sees_the_topic_alone_and_the_second_what_was_learnt(make_context):
    writer = ScriptedLM(Talker(draft=("Rope making", *HEADINGS[1:])))
    _, talks, _ = planned(make_context, writer)
    draft, refine = (
        next(request for request in writer.requests if asks(request) == kind).messages[-1].content
        for kind in ("draft", "refine")
    )
    assert "springs" not in draft
    assert "Rope making" in refine
    assert QUESTIONS[0] in refine
    assert (talks.draft[0], talks.refined) == ("Rope making", HEADINGS)


def test_headings_that_are_alike_or_without_evidence_are_refused_with_the_reason(make_context):
    headings = (TOPIC, *HEADINGS[:3], "Payments to Harrow Consult again", "Quantum gluons")
    outline, talks, _ = planned(make_context, ScriptedLM(Talker(refine=headings)))
    assert [section.title for section in outline.sections] == list(HEADINGS[:3])
    assert {refusal.said: refusal.why.split(" ")[0] for refusal in talks.refused} == {
        TOPIC: "it",
        "Payments to Harrow Consult again": "like",
        "Quantum gluons": "what",
    }
    assert "without 3" in outline.reason


def test_a_heading_too_many_stands_in_for_one_that_is_refused(make_context):
    outline, _, _ = planned(make_context, ScriptedLM(Talker(refine=(TOPIC, *HEADINGS))))
    assert [section.title for section in outline.sections] == list(HEADINGS)
    outline, _, _ = planned(make_context, ScriptedLM(Talker(refine=(*HEADINGS, "Mountain rescue in the night"))))
    assert [section.title for section in outline.sections] == list(HEADINGS)


def test_where_the_second_layout_cannot_be_read_the_first_stands(make_context):
    outline, talks, _ = planned(make_context, ScriptedLM(Talker(refine=("",))))
    assert (outline.origin, talks.refined, talks.refused[0].what) == ("storm", (), "outline")


def test_what_the_documents_do_not_say_is_looked_for_again(make_context):
    def unknowing(request):
        return "I do not know." if "Harrow" in request.messages[-1].content.split("Question:")[-1] else quoting(request)

    outline, _, _ = planned(make_context, ScriptedLM(Talker(answer=unknowing)))
    assert outline.missing == (QUESTIONS[2],)
    assert any(QUESTIONS[2] in block.queries for block in blocks_of(outline))


@pytest.mark.parametrize(
    ("talker", "why"),
    [
        (Talker(()), "no question was answered"),
        (Talker(("What?", "Tell me.")), "no question was answered"),
        (Talker(answer=lambda request: "Zorro Quill of Atlantis cut the rope [1]."), "no question was answered"),
        (Talker(draft=("",), refine=("",)), "0 of 5 headings"),
        (Talker(refine=("Quantum gluons", "Lattices")), "0 of 5 headings can be used: Quantum gluons"),
    ],
)
def test_the_free_outline_stands_in_with_a_notice(make_context, talker, why):
    def writer(request):
        return FREE if kind_of(request) == "plan" else talker(request)

    outline, talks, stops = planned(make_context, ScriptedLM(writer))
    assert (outline.origin, stops) == ("model", [])
    assert outline.reason.startswith(f"no outline from interviews: {why}")
    assert talks.conversations


def test_a_model_that_says_nothing_at_all_still_gets_an_outline(make_context):
    outline, _, _ = planned(make_context, ScriptedLM(lambda request: ""))
    assert (outline.origin, bool(outline.sections)) == ("rules", True)


@pytest.mark.parametrize("at", [0, 3, 12, 13])
def test_a_budget_that_ends_anywhere_leaves_a_rules_outline_and_says_so(make_context, at):
    stop = BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")
    writer = ScriptedLM(Talker(), errors=dict.fromkeys(range(at, 99), stop))
    outline, talks, stops = planned(make_context, writer)
    assert (outline.origin, stops, talks.limit) == ("rules", ["max_tokens"], "max_tokens")
    assert len(talks.turns) == min(6, at // 2)


def test_a_named_schema_is_followed_without_interviews():
    assert wants_storm(WriteSettings(planner="storm"))
    assert not wants_storm(WriteSettings(planner="storm", narrative="post-mortem"))
    assert not wants_storm(WriteSettings())


def test_a_runs_events_tell_of_each_question_and_of_the_whole(make_context, events):
    context = make_context(ScriptedLM(Talker()), **SHORT)
    brief_id = make_brief(TOPIC, None, "report", context)
    outline_id, _ = make_outline(brief_id, make_alignment(brief_id, "report", context), context)
    names = [event.name for event in events]
    assert (names.count("interviewed"), names.count("conversed")) == (6, 1)
    assert events[-1].message.startswith("storm: 2 conversations, 6 questions")
    assert context.store.get_model(outline_id, Outline).conversations


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def started(affair, home, writer):
    with open_services(affair, settings_for(home, **{**SHORT, "words": 600}), writer) as services:
        return start(TOPIC, mode="report", words=None, services=services)


def resumed(affair, home, writer):
    with Ledger(Home(home).ledger) as ledger:
        identity = ledger.find("last").id
    settings = settings_of(identity, settings_for(home))
    with open_services(affair, settings, writer, already=spent_before(identity, home)) as services:
        return resume(identity, services=services)


def kept(result):
    """What a run has of its plan."""
    return [(Path(result.folder) / name).read_bytes() for name in ("conversations.json", "plan.json", "report.md")]


def asked_anew(request):
    """As `Talker`, by what was asked before, so that a second sitting is told the same."""
    talk = request.messages[-1].content
    if asks(request) == "question":
        return next((question for question in QUESTIONS if question not in talk), "Thank you.")
    return Talker()(request) if asks(request) != "other" else faithful(request)


def test_conversations_are_in_the_runs_folder_and_a_resumed_run_has_the_same(affair, home, tmp_path):
    whole = started(affair, tmp_path / "whole", ScriptedLM(asked_anew))
    talks = Conversations.model_validate_json(kept(whole)[0])
    assert talks.turns
    dead = EndpointUnreachable("nothing answers", hint="start the server")
    with pytest.raises(EndpointUnreachable):
        started(affair, home, ScriptedLM(asked_anew, errors=dict.fromkeys(range(5, 99), dead)))
    again = ScriptedLM(asked_anew)
    result = resumed(affair, home, again)
    assert kept(result)[:2] == kept(whole)[:2]
    # The five that were paid are replayed.
    assert sum(asks(request) != "other" for request in again.requests) == talks.calls - 5


def test_a_runs_manifest_says_which_text_each_schema_had(affair, home):
    result = started(affair, home, ScriptedLM(asked_anew))
    schemas = manifest_of(result.run_id, home).schemas
    assert len(schemas["post-mortem"]) == 64
