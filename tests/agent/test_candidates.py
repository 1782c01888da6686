"""Several drafts of a block, of which the best supported is kept."""

import pytest

from agent.graph import run_unkept
from agent.types import Report
from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent import scripted_writers as writers
from tests.agent.affair import TOPIC
from tests.agent.scripted_writers import kind_of


def lies_at_first(request):
    """Its likeliest paragraph is wrong, those of other seeds are right."""
    return writers.lying(request) if request.seed == 66 else writers.faithful(request)


def report_of(context):
    return context.store.get_model(run_unkept(TOPIC, "report", context)["report_id"], Report)


def assert_is_the_writers_own(report):
    """A lying writer's report is all quotations."""
    actions = [claim.action for claim in report.claims]
    assert actions.count("kept") > actions.count("quoted")


def test_the_best_supported_of_several_drafts_is_kept(make_context, events):
    writer = ScriptedLM(lies_at_first)
    report = report_of(make_context(writer, drafting="paragraph", candidates=2, planner="rules"))
    assert_is_the_writers_own(report)
    chosen = [event.numbers for event in events if event.name == "draft_chosen"]
    assert chosen
    assert {(numbers["drafts"], numbers["chosen"]) for numbers in chosen} == {(2, 1)}
    asked = [request for request in writer.requests if kind_of(request) == "paragraph"]
    assert {(request.seed, request.temperature) for request in asked} == {(66, 0.0), (67, 0.7)}


def test_of_equal_drafts_the_first_is_kept_and_one_candidate_is_not_weighed(make_context, events):
    report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph", candidates=2, planner="rules"))
    assert {event.numbers["chosen"] for event in events if event.name == "draft_chosen"} == {0}
    events.clear()
    report_of(make_context(ScriptedLM(writers.faithful), drafting="paragraph", planner="rules"))
    assert not [event for event in events if event.name == "draft_chosen"]


@pytest.mark.parametrize("bad", ["garbage", "budget"])
def test_a_draft_that_fails_leaves_the_others(make_context, events, bad):
    def reply(request):
        if request.seed == 67 and kind_of(request) == "paragraph":
            if bad == "budget":
                raise BudgetExceeded("max_tokens=9 would be broken", limit="max_tokens")
            return writers.garbage(request)
        return writers.faithful(request)

    report = report_of(make_context(ScriptedLM(reply), drafting="paragraph", candidates=2, planner="rules"))
    assert_is_the_writers_own(report)
    assert not [event for event in events if event.name == "draft_failed"]
    assert bool([event for event in events if event.name == "budget"]) == (bad == "budget")
