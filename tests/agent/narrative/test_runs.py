"""Whole runs by a schema, and by a plan of the user, over the affair."""

import json
from pathlib import Path

import pytest

from agent.errors import NotEnoughEvidence, UsageProblem
from agent.graph import run_unkept
from agent.home import Home
from agent.ledger import Ledger
from agent.narrative.check import schema_violations
from agent.narrative.plan_file import parse_plan
from agent.narrative.user_plan import plan_of
from agent.past_runs import manifest_of, runs_folder, settings_of, spent_before
from agent.plan_choice import make_plan
from agent.planning import plan_report
from agent.run import resume, start
from agent.settings import WriteSettings
from agent.types import Outline, Report
from lm.errors import BudgetExceeded, EndpointUnreachable
from lm.scripted import ScriptedLM
from prompts.narrative import load_schema
from tests.agent.affair import OFF_TOPIC, TOPIC
from tests.agent.narrative.scripted import PLAIN, adapting, brief
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful, kind_of
from tests.agent.test_graph import assert_sound

MEMO = "Post-mortem of the failure of the Brenholt cableway"
PLAN = """
[[sections]]
title = "What went wrong with the grip"
questions = [{question = "Why did the grip of cabin 17 slip on the haul rope?", words = 90}]

[[sections]]
title = "Who had been warned"
questions = [{question = "Which warnings of Jonas Reke and Mira Tolland were ignored?", words = 90}]
"""
DEAD = EndpointUnreachable("nothing answers", hint="start the server")


def planned(affair, topic, writer, *, subjects=(), **write):
    asked = brief(800, topic, subjects=subjects)
    found = affair.searcher.search_passages(asked.topic, 20)
    outline, stops = make_plan(
        asked,
        found,
        settings=WriteSettings(**{"seed": 1, "narrative": "asked", **write}),
        writer=writer,
        corpus=affair.corpus,
        searcher=affair.searcher,
        embedder=affair.embedder,
    )
    return outline, stops


def test_a_report_by_a_schema_follows_it_from_the_request_to_the_page(affair, make_context, events):
    context = make_context(ScriptedLM(adapting), drafting="paragraph", words=800, narrative="event-reconstruction")
    final = run_unkept(PLAIN, "report", context)
    outline, report = (
        context.store.get_model(final["outline_id"], Outline),
        context.store.get_model(final["report_id"], Report),
    )
    assert_sound(report, affair)
    schema = load_schema("event-reconstruction")
    assert schema_violations(outline, schema) == []
    shown = [section.title for section in report.sections if section.kind == "section"]
    assert shown == [section.title for section in outline.sections if section.kind == "section"]
    assert shown[0] == "The moment it happened on the rope"
    frame = {section.kind: section.blocks for section in outline.sections if section.kind != "section"}
    assert frame["conclusion"][0].question == f"{schema.ending.question}: {PLAIN}"
    (message,) = [event.message for event in events if event.name == "plan"]
    assert message.startswith("schema: the schema event-reconstruction (EVENT): it was asked for")


def test_a_report_by_a_schema_needs_no_model(affair, make_context):
    writer = ScriptedLM(lambda request: "")
    context = make_context(writer, words=800, narrative="post-mortem", planner="rules")
    report = context.store.get_model(run_unkept(PLAIN, "report", context)["report_id"], Report)
    assert_sound(report, affair)
    assert not any(kind_of(request) in ("slots", "plan") for request in writer.requests)
    assert {claim.action for claim in report.claims if claim.citations} == {"quoted"}


def test_a_request_that_names_the_form_is_planned_by_it_without_being_told(affair):
    assert planned(affair, MEMO, ScriptedLM(adapting))[0].narrative == "post-mortem"
    assert planned(affair, MEMO, ScriptedLM(adapting), narrative="off", planner="rules")[0].narrative == ""


@pytest.mark.parametrize("narrative", ["asked", "auto"])
def test_who_lists_the_parts_gets_them(affair, narrative):
    outline, _ = planned(affair, TOPIC, ScriptedLM([]), narrative=narrative)
    assert (outline.origin, outline.narrative) == ("rules", "")
    assert outline.sections[-1].title == "Reforms"


def test_a_schema_that_is_named_comes_before_the_topics_own_parts(affair):
    assert planned(affair, TOPIC, ScriptedLM(adapting), narrative="investigation")[0].narrative == "investigation"


def test_profiles_that_share_headings_are_still_compared_heading_by_heading(profiles):
    ids = tuple(document.id for document in profiles.corpus.documents())
    for narrative in ("asked", "auto"):
        outline, _ = planned(
            profiles, "A decision memo on Orland, Vesk and Tamir", ScriptedLM([]), subjects=ids, narrative=narrative
        )
        assert any(block.facets for section in outline.sections for block in section.blocks)


def test_auto_chooses_by_request_and_first_passages_and_says_why(affair):
    outline, _ = planned(
        affair,
        "What happened in the failure of the Brenholt cableway, a timeline",
        ScriptedLM(adapting),
        narrative="auto",
    )
    assert outline.narrative == "event-reconstruction"
    assert "fits best (" in outline.reason


def test_a_schema_that_the_corpus_cannot_carry_gives_way_and_the_reason_says_so(make_affair):
    bread = make_affair(
        {"bread.md": "# Sourdough\n\nFlour, water and salt make a loaf if the baker waits for two days.\n"}
    )
    outline, _ = planned(
        bread, "Flour water salt loaf", ScriptedLM([]), narrative="event-reconstruction", planner="rules"
    )
    assert outline.narrative == ""
    assert outline.reason.startswith(
        "the schema event-reconstruction (EVENT) does not carry a report: 0 of its 6 slots"
    )


def test_a_budget_that_ends_at_the_fitting_leaves_the_patterns(affair):
    def stop(request):
        raise BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")

    outline, stops = planned(affair, MEMO, ScriptedLM(stop))
    assert (outline.narrative, stops) == ("post-mortem", ["max_tokens"])
    assert "the budget ended before the model fitted it" in outline.reason


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def started(affair, home, writer, *, plan=None, **write):
    with open_services(affair, settings_for(home, **write), writer) as services:
        return start(PLAIN, mode="report", words=None, services=services, plan=plan)


def resumed(affair, home, writer):
    with Ledger(Home(home).ledger) as ledger:
        identity = ledger.find("last").id
    settings = settings_of(identity, settings_for(home))
    with open_services(affair, settings, writer, already=spent_before(identity, home)) as services:
        return resume(identity, services=services)


def plan_file(result):
    return Outline.model_validate_json((Path(result.folder) / "plan.json").read_bytes())


def page(result):
    return Path(result.files[0]).read_bytes()


def test_a_run_follows_the_users_plan(affair, home):
    result = started(affair, home, ScriptedLM(faithful), plan=parse_plan(PLAN, "plan.toml"))
    outline = plan_file(result)
    titles = [section.title for section in outline.sections if section.kind == "section"]
    assert titles == ["What went wrong with the grip", "Who had been warned"]
    assert (outline.origin, outline.reason) == ("user", "the user's plan")
    assert result.exit_code == 0
    assert "## What went wrong with the grip" in page(result).decode()


@pytest.mark.parametrize("answered", [0, 1])
def test_a_resumed_run_follows_the_plan_that_it_began_with(affair, home, tmp_path, answered):
    plan = parse_plan(PLAN, "plan.toml")
    whole = started(affair, tmp_path / "whole", ScriptedLM(faithful), plan=plan)
    with pytest.raises(EndpointUnreachable):
        started(affair, home, ScriptedLM(faithful, errors=dict.fromkeys(range(answered, 99), DEAD)), plan=plan)
    (identity,) = [path.name for path in runs_folder(home).iterdir()]
    assert manifest_of(identity, home).plan == plan
    result = resumed(affair, home, ScriptedLM(faithful))
    assert plan_file(result) == plan_file(whole)
    assert page(result) == page(whole)


@pytest.mark.parametrize("answered", [0, 1, 3])
def test_a_resumed_run_follows_the_schema_that_it_began_with(affair, home, tmp_path, answered):
    write = {"narrative": "post-mortem", "words": 800}
    whole = started(affair, tmp_path / "whole", ScriptedLM(adapting), **write)
    with pytest.raises(EndpointUnreachable):
        started(affair, home, ScriptedLM(adapting, errors=dict.fromkeys(range(answered, 99), DEAD)), **write)
    result = resumed(affair, home, ScriptedLM(adapting))
    assert plan_file(result) == plan_file(whole)
    assert plan_file(result).narrative == "post-mortem"


def test_planning_alone_begins_no_run_and_a_run_pays_for_it_no_second_time(affair, home):
    first, second = ScriptedLM(adapting), ScriptedLM(adapting)
    with open_services(affair, settings_for(home, narrative="post-mortem", words=800), first) as services:
        alone = plan_report(PLAIN, words=None, services=services)
    assert not runs_folder(home).exists() or not list(runs_folder(home).iterdir())
    assert [kind_of(request) for request in first.requests] == ["slots"]
    result = started(affair, home, second, narrative="post-mortem", words=800)
    assert "slots" not in [kind_of(request) for request in second.requests]
    assert plan_file(result) == alone.outline


def test_a_plan_that_was_printed_and_given_back_makes_the_same_report(affair, home, tmp_path):
    write = {"narrative": "event-reconstruction", "words": 800}
    with open_services(affair, settings_for(home, **write), ScriptedLM(adapting)) as services:
        alone = plan_report(PLAIN, words=None, services=services)
    printed = json.dumps(plan_of(alone.outline, alone.brief).model_dump(mode="json"))
    by_schema = started(affair, home, ScriptedLM(adapting), **write)
    by_plan = started(affair, tmp_path / "other", ScriptedLM(adapting), plan=parse_plan(printed, "plan.json"))
    assert plan_file(by_plan).sections == plan_file(by_schema).sections
    assert page(by_plan) == page(by_schema)


def test_a_plan_of_documents_that_are_not_there_is_refused_before_a_run_begins(affair, home):
    plan = parse_plan(PLAN.replace("words = 90", 'words = 90, documents = ["atlantis.md"]'), "plan.toml")
    with pytest.raises(UsageProblem, match=r"documents that the corpus does not have: atlantis\.md"):
        started(affair, home, ScriptedLM(faithful), plan=plan)
    assert not runs_folder(home).exists()


def test_planning_alone_refuses_what_a_run_refuses(affair, home):
    with open_services(affair, settings_for(home), ScriptedLM(faithful)) as services:
        with pytest.raises(NotEnoughEvidence):
            plan_report(OFF_TOPIC, words=None, services=services)
        with pytest.raises(UsageProblem):
            plan_report("  ", words=None, services=services)
